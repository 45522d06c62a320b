import { ensure } from '../../services/deps.ts'
import { json } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import type { Route } from '../router.ts'

export function networkRoutes({ deps }: RouteContext): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/v1/network',
      caller: 'first',
      async handle(_exchange, principal) {
        ensure(deps.context, principal, 'read', { kind: 'network' })
        return json(200, await deps.services.network.describe(principal))
      },
    },
  ]
}
