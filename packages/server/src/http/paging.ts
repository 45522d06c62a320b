import { LIMITS, MoltnetError, parseLimit } from '@moltnet/protocol'
import type { PageQuery } from '@moltnet/protocol'
import type { Exchange } from './exchange.ts'

/** Ids of list items: generic ones, or two of them and a colon (agents of other networks). */
const CURSOR = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,256}$/

const NEWEST: PageQuery = { limit: LIMITS.pageDefault, from: 'newest' }

/** Reads `limit`, `before` and `after`. An empty cursor counts as none. */
export function pageQuery(exchange: Exchange): PageQuery {
  if (exchange.search === '') return NEWEST
  const { query } = exchange
  const limit = parseLimit(query.get('limit'))
  const before = cursorOf(query, 'before')
  const after = cursorOf(query, 'after')
  if (before !== undefined && after !== undefined)
    throw new MoltnetError('unprocessable_entity', 'before and after exclude each other')
  if (before !== undefined) return { limit, from: 'before', cursor: before }
  if (after !== undefined) return { limit, from: 'after', cursor: after }
  return { limit, from: 'newest' }
}

function cursorOf(query: URLSearchParams, name: 'before' | 'after'): string | undefined {
  const cursor = query.get(name)
  if (cursor === null || cursor === '') return undefined
  if (CURSOR.test(cursor)) return cursor
  throw new MoltnetError('unprocessable_entity', `${name} is no cursor of this list`)
}
