import { ApplyRequest } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
import { json } from '../answer.ts'
import { valid } from '../body.ts'
import type { RouteContext } from '../context.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function applyRoutes({ deps, readBody }: RouteContext): Route[] {
  return [
    route('POST', '/v1/apply', async ({ request }, principal) => {
      ensure(deps.context, principal, 'apply', { kind: 'configuration' })
      const body = valid(await readBody(request, ApplyRequest))
      return json(200, await deps.services.apply.run(principal, body))
    }),
  ]
}
