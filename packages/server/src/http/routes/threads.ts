import { json, jsonText } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { pageQuery } from '../paging.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function threadRoutes({ deps }: RouteContext): Route[] {
  const { threads, history } = deps.services
  return [
    route('GET', '/v1/threads/{id}', async (exchange, principal) =>
      json(200, await threads.get(principal, exchange.param(0))),
    ),
    route('GET', '/v1/threads/{id}/messages', async (exchange, principal) => {
      const thread = { kind: 'thread', id: exchange.param(0) } as const
      return jsonText(200, await history.page(principal, thread, pageQuery(exchange)))
    }),
  ]
}
