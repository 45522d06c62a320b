import { ensure } from '../../services/deps.ts'
import { json } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function networkRoutes({ deps }: RouteContext): Route[] {
  return [
    route('GET', '/v1/network', async (_exchange, principal) => {
      ensure(deps.context, principal, 'read', { kind: 'network' })
      return json(200, await deps.services.network.describe(principal))
    }),
  ]
}
