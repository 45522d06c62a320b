import { ensure } from '../../services/deps.ts'
import { content } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function streamRoutes({ deps }: RouteContext): Route[] {
  return [
    route('GET', '/v1/events/stream', (exchange, principal) => {
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
    }),
  ]
}
