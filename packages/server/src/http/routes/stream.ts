import { ensure } from '../../services/deps.ts'
import { content } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import type { Route } from '../router.ts'

export function streamRoutes({ deps }: RouteContext): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/v1/events/stream',
      caller: 'first',
      handle(exchange, principal) {
        ensure(deps.context, principal, 'read', { kind: 'stream' })
        if (exchange.method === 'HEAD') return content(null, { 'Content-Type': 'text/event-stream' })
        const { request, server, client } = exchange
        const lastEventId = exchange.header('last-event-id') ?? exchange.query.get('last_event_id') ?? ''
        return deps.streams.open({
          request,
          server,
          principal,
          address: client.address,
          lastEventId: lastEventId === '' ? undefined : lastEventId,
        })
      },
    },
  ]
}
