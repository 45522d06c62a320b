import type { PairingConfig } from '@moltnet/config'
import { MoltnetError } from '@moltnet/protocol'
import type { PageQuery, Pairing, PairingPage } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
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
      return json(200, pageOf(pairings, pageQuery(exchange)))
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

/** A page of a list that is in memory, by the rules of 02 "Paging". */
function pageOf(pairings: readonly Pairing[], query: PageQuery): PairingPage {
  const at = query.from === 'newest' ? pairings.length : pairings.findIndex(({ id }) => id === query.cursor)
  if (at < 0) throw new MoltnetError('unprocessable_entity', `${query.from} is no cursor of this list`)
  if (query.from === 'after') {
    const page = pairings.slice(at + 1, at + 1 + query.limit)
    const more = at + 1 + page.length < pairings.length
    const last = page.at(-1)
    return { pairings: page, page: { has_more: more, ...(more && last && { next_after: last.id }) } }
  }
  const start = Math.max(0, at - query.limit)
  const page = pairings.slice(start, at)
  const first = page[0]
  return {
    pairings: page,
    page: { has_more: start > 0, ...(start > 0 && first && { next_before: first.id }) },
  }
}
