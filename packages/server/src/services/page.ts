import { MoltnetError, type Page, type PageQuery } from '@moltnet/protocol'
import type { Slice } from '../store/port.ts'

/** The `page` of an answer. */
export function pageOf<T>(slice: Slice<T>, query: PageQuery, idOf: (item: T) => string): Page {
  const { items, more } = slice
  const edge = query.from === 'after' ? items.at(-1) : items[0]
  if (!more || edge === undefined) return { has_more: false }
  return query.from === 'after'
    ? { has_more: true, next_after: idOf(edge) }
    : { has_more: true, next_before: idOf(edge) }
}

/** A part of a sorted list that is in memory. An unknown cursor throws `unprocessable_entity`. */
export function memoryPage<T>(items: readonly T[], query: PageQuery, idOf: (item: T) => string): Slice<T> {
  const at = query.from === 'newest' ? items.length : items.findIndex((item) => idOf(item) === query.cursor)
  if (at < 0) throw new MoltnetError('unprocessable_entity', `${query.from} is no cursor of this list`)
  if (query.from === 'after') {
    const end = at + 1 + query.limit
    return { items: items.slice(at + 1, end), more: end < items.length }
  }
  const start = Math.max(0, at - query.limit)
  return { items: items.slice(start, at), more: start > 0 }
}

/** A page whose items are encoded already, as the JSON text of the answer. */
export function encodePage(
  key: string,
  slice: Slice<{ readonly id: string; readonly json: string }>,
  query: PageQuery,
): string {
  const items = slice.items.map((item) => item.json).join(',')
  return `{"${key}":[${items}],"page":${JSON.stringify(pageOf(slice, query, (item) => item.id))}}`
}
