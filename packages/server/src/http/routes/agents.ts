import { ensure } from '../../services/deps.ts'
import { json } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { pageQuery } from '../paging.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function agentRoutes({ deps }: RouteContext): Route[] {
  const { agents } = deps.services
  return [
    route('GET', '/v1/agents', async (exchange, principal) => {
      ensure(deps.context, principal, 'list', { kind: 'agents' })
      return json(200, await agents.list(principal, pageQuery(exchange)))
    }),
    route('GET', '/v1/agents/{id}', async (exchange, principal) =>
      json(200, await agents.get(principal, exchange.param(0))),
    ),
    route('DELETE', '/v1/agents/{id}', async (exchange, principal) =>
      json(200, await agents.remove(principal, exchange.param(0))),
    ),
    route('POST', '/v1/agents/{id}/reset-token', async (exchange, principal) =>
      json(200, await agents.resetToken(principal, exchange.param(0))),
    ),
  ]
}
