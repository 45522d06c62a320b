import { MoltnetError } from '@moltnet/protocol'
import type { ConversationRef } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
import { jsonText } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { pageQuery } from '../paging.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

/** When several are given, the first of these counts. */
const SELECTORS = ['thread', 'dm', 'room'] as const

export function artifactRoutes({ deps }: RouteContext): Route[] {
  return [
    route('GET', '/v1/artifacts', async (exchange, principal) => {
      ensure(deps.context, principal, 'read', { kind: 'artifacts' })
      const page = deps.services.artifacts.page(principal, conversationOf(exchange), pageQuery(exchange))
      return jsonText(200, await page)
    }),
  ]
}

function conversationOf({ query }: Exchange): ConversationRef {
  for (const kind of SELECTORS) {
    const id = query.get(`${kind}_id`)
    if (id !== null && id !== '') return { kind, id }
  }
  throw new MoltnetError('unprocessable_entity', 'name a room_id, thread_id or dm_id')
}
