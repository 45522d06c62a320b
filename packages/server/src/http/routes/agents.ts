import { ensure } from '../../services/deps.ts'
import { json } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { pageQuery } from '../paging.ts'
import type { Route } from '../router.ts'

export function agentRoutes({ deps }: RouteContext): Route[] {
  const { agents } = deps.services
  return [
    {
      method: 'GET',
      pattern: '/v1/agents',
      caller: 'first',
      async handle(exchange, principal) {
        ensure(deps.context, principal, 'list', { kind: 'agents' })
        return json(200, await agents.list(principal, pageQuery(exchange)))
      },
    },
    {
      method: 'GET',
      pattern: '/v1/agents/{id}',
      caller: 'first',
      handle: async (exchange, principal) => json(200, await agents.get(principal, exchange.param(0))),
    },
    {
      method: 'DELETE',
      pattern: '/v1/agents/{id}',
      caller: 'first',
      handle: async (exchange, principal) => json(200, await agents.remove(principal, exchange.param(0))),
    },
    {
      method: 'POST',
      pattern: '/v1/agents/{id}/reset-token',
      caller: 'first',
      handle: async (exchange, principal) => json(200, await agents.resetToken(principal, exchange.param(0))),
    },
  ]
}
