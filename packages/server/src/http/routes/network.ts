import { decide } from '../../domain/access.ts'
import { json } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { enforce } from '../problem.ts'
import type { Route } from '../router.ts'

export function networkRoutes({ deps }: RouteContext): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/v1/network',
      caller: 'first',
      async handle(_exchange, principal) {
        enforce(decide(deps.context, principal, 'read', { kind: 'network' }))
        return json(200, await deps.services.network.describe(principal))
      },
    },
  ]
}
