import { ensure } from '../../services/deps.ts'
import { json, jsonText } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { pageQuery } from '../paging.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function dmRoutes({ deps }: RouteContext): Route[] {
  const { dms, history } = deps.services
  return [
    route('GET', '/v1/dms', async (exchange, principal) => {
      ensure(deps.context, principal, 'list', { kind: 'dms' })
      return json(200, await dms.list(principal, pageQuery(exchange)))
    }),
    route('GET', '/v1/dms/{id}', async (exchange, principal) =>
      json(200, await dms.get(principal, exchange.param(0))),
    ),
    route('GET', '/v1/dms/{id}/messages', async (exchange, principal) => {
      const dm = { kind: 'dm', id: exchange.param(0) } as const
      return jsonText(200, await history.page(principal, dm, pageQuery(exchange)))
    }),
  ]
}
