import type { PairingConfig } from '@moltnet/config'
import type { Pairing } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
import { memoryPage, pageOf } from '../../services/page.ts'
import { json } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { pageQuery } from '../paging.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function pairingRoutes({ deps }: RouteContext): Route[] {
  const pairings = deps.config.pairings.map(toWire).sort((a, b) => (a.id < b.id ? -1 : 1))
  return [
    route('GET', '/v1/pairings', (exchange, principal) => {
      ensure(deps.context, principal, 'read', { kind: 'pairings' })
      const query = pageQuery(exchange)
      const slice = memoryPage(pairings, query, ({ id }) => id)
      return json(200, { pairings: slice.items, page: pageOf(slice, query, ({ id }) => id) })
    }),
  ]
}

/** A pairing as clients see it; the token never leaves the server. */
function toWire(config: PairingConfig): Pairing {
  return {
    id: config.id,
    remote_network_id: config.remoteNetworkId ?? '',
    ...(config.remoteNetworkName !== undefined && { remote_network_name: config.remoteNetworkName }),
    remote_base_url: config.remoteBaseUrl,
    status: config.status,
  }
}
