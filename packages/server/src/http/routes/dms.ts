import { ensure } from '../../services/deps.ts'
import { json, jsonText } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { pageQuery } from '../paging.ts'
import type { Route } from '../router.ts'

export function dmRoutes({ deps }: RouteContext): Route[] {
  const { dms, history } = deps.services
  return [
    {
      method: 'GET',
      pattern: '/v1/dms',
      caller: 'first',
      async handle(exchange, principal) {
        ensure(deps.context, principal, 'list', { kind: 'dms' })
        return json(200, await dms.list(principal, pageQuery(exchange)))
      },
    },
    {
      method: 'GET',
      pattern: '/v1/dms/{id}',
      caller: 'first',
      handle: async (exchange, principal) => json(200, await dms.get(principal, exchange.param(0))),
    },
    {
      method: 'GET',
      pattern: '/v1/dms/{id}/messages',
      caller: 'first',
      async handle(exchange, principal) {
        const dm = { kind: 'dm', id: exchange.param(0) } as const
        return jsonText(200, await history.page(principal, dm, pageQuery(exchange)))
      },
    },
  ]
}
