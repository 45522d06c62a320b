import type { Page, PageQuery } from '@moltnet/protocol'
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

/** A page whose items are encoded already, as the JSON text of the answer. */
export function encodePage(
  key: string,
  slice: Slice<{ readonly id: string; readonly json: string }>,
  query: PageQuery,
): string {
  const items = slice.items.map((item) => item.json).join(',')
  return `{"${key}":[${items}],"page":${JSON.stringify(pageOf(slice, query, (item) => item.id))}}`
}
