import { MoltnetError } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
import type { RouteContext } from '../context.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function attachRoutes({ deps, limits }: RouteContext): Route[] {
  return [
    route('GET', '/v1/attach', ({ request, server, client }, principal) => {
      ensure(deps.context, principal, 'attach', { kind: 'attachment', agentId: undefined })
      if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
        throw new MoltnetError('bad_request', 'this is a WebSocket endpoint: send an upgrade request')
      limits.attach({ client, principal })
      // Without a credential every attachment is a claim of an agent id.
      if (principal.kind === 'anonymous') limits.registration({ client, principal })
      return deps.attach.upgrade(request, server, { principal, address: client.address })
    }),
  ]
}
