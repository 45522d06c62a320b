import type { Database, SQLQueryBindings, Statement } from 'bun:sqlite'
import { LIMITS, MoltnetError, type PageQuery } from '@moltnet/protocol'
import type { Slice } from '../port.ts'

type Key = readonly (string | number)[]

/** Sorts after every id. */
export const AFTER_ALL_IDS = '\u{10ffff}'

/** Sorts after every log position. */
export const AFTER_ALL_POSITIONS = Number.MAX_SAFE_INTEGER

/** How a keyset query is put together; `where` may have parameters, which come before the key's. */
export interface KeysetSql {
  readonly select: string
  readonly from: string
  readonly where?: string
  /** Columns of the order, unique together. */
  readonly key: readonly string[]
}

/** The two statements of a list that is walked by key in either direction, one index seek a page. */
export class Keyset<Row> {
  readonly #before: Statement<Row, SQLQueryBindings[]>
  readonly #after: Statement<Row, SQLQueryBindings[]>

  constructor(db: Database, sql: KeysetSql) {
    this.#before = db.query(keysetSql(sql, 'before'))
    this.#after = db.query(keysetSql(sql, 'after'))
  }

  /** Rows after `key` ascending, or before it descending. To be used up, or left, without an await. */
  rows(o: {
    params: readonly SQLQueryBindings[]
    ascending: boolean
    key: Key
    limit: number
  }): Iterable<Row> {
    const statement = o.ascending ? this.#after : this.#before
    return statement.iterate(...o.params, ...o.key, o.limit)
  }
}

/** The text of one direction; exported so that a test can look at its plan. */
export function keysetSql({ select, from, where, key }: KeysetSql, direction: 'before' | 'after'): string {
  const operator = direction === 'before' ? '<' : '>'
  const order = key.map((column) => `${column} ${direction === 'before' ? 'DESC' : 'ASC'}`).join(', ')
  const columns = key.length === 1 ? key[0] : `(${key.join(', ')})`
  const marks = key.length === 1 ? '?' : `(${key.map(() => '?').join(', ')})`
  const condition = where === undefined ? '' : `${where} AND `
  return `SELECT ${select} FROM ${from} WHERE ${condition}${columns} ${operator} ${marks} ORDER BY ${order} LIMIT ?`
}

/** Where a page starts: the key of its cursor, or the end of the list. */
export function startOf<K extends Key>(
  query: PageQuery,
  o: { end: K; find: (cursor: string) => K | undefined },
): K {
  if (query.from === 'newest') return o.end
  const key = o.find(query.cursor)
  if (key === undefined) throw unknownCursor(query.cursor)
  return key
}

/** The error for a cursor that names no item of the list. */
export function unknownCursor(cursor: string): MoltnetError {
  const shown = cursor.length > 64 ? `${cursor.slice(0, 64)}…` : cursor
  return new MoltnetError(
    'unprocessable_entity',
    `cursor ${JSON.stringify(shown)} is not an item of this list`,
  )
}

/**
 * Takes a page off rows that come in the direction of the query: at most `limit` items, ending early
 * once they reach {@link LIMITS.pageBytes} bytes. The rows must be allowed to run to `limit + 1`.
 */
export function takePage<Row, Item>(
  rows: Iterable<Row>,
  query: PageQuery,
  o: { item: (row: Row) => Item; bytes: (item: Item) => number },
): Slice<Item> {
  const items: Item[] = []
  let bytes = 0
  let more = false
  for (const row of rows) {
    if (items.length >= query.limit || bytes >= LIMITS.pageBytes) {
      more = true
      break
    }
    const item = o.item(row)
    items.push(item)
    bytes += o.bytes(item)
  }
  if (query.from !== 'after') items.reverse()
  return { items, more }
}

/** Merges sorted sources of unique strings into one, in the same direction, without duplicates. */
export function* mergeSorted(sources: readonly Iterable<string>[], ascending: boolean): Generator<string> {
  const heads = sources.map((source) => source[Symbol.iterator]())
  const values = heads.map((head) => head.next())
  const precedes = (a: string, b: string) => (ascending ? compareBytes(a, b) < 0 : compareBytes(a, b) > 0)
  try {
    while (true) {
      let best: string | undefined
      for (const value of values) {
        if (!value.done && (best === undefined || precedes(value.value, best))) best = value.value
      }
      if (best === undefined) return
      yield best
      for (let at = 0; at < heads.length; at++) {
        const value = values[at]
        if (value !== undefined && !value.done && value.value === best)
          values[at] = heads[at]?.next() ?? value
      }
    }
  } finally {
    for (const head of heads) head.return?.()
  }
}

/** SQLite's order of texts (UTF-8 bytes); ids are ASCII, where it is the order of code units. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
