import type { EventId } from '@moltnet/protocol'
import type { LogEntry, Store } from '../store/port.ts'
import { positionOfCursor } from './cursor.ts'
import { Tail } from './tail.ts'

/** The durable log as its consumers see it: a number that moves, and entries to read. */
export interface EventLog {
  /** Position of the newest committed entry. */
  readonly head: number
  /** Entries after `after`, ascending and contiguous: from the tail in memory when it reaches back that far. */
  read(after: number, limit: number): Promise<readonly LogEntry[]>
  /** The same, synchronously; undefined when `after` lies before the tail. */
  readTail(after: number, limit: number): readonly LogEntry[] | undefined
  /** The position of a cursor; undefined: other epoch, malformed, ahead of the head, or older than retention. */
  parseCursor(id: string): { position: number } | undefined
  /** Calls `listener` once per commit with its entries, in order. Returns how to stop. */
  subscribe(listener: (entries: readonly LogEntry[]) => void): () => void
  encodeId(position: number): EventId
  /** Oldest kept position; `head + 1` when nothing is kept. */
  oldest(): Promise<number>
}

/** Makes the log of a store. */
export async function openEventLog(store: Store): Promise<StoreLog> {
  return new StoreLog(store, (await store.read.logBounds()).oldest)
}

/** The log of one store. */
export class StoreLog implements EventLog {
  readonly #store: Store
  readonly #tail: Tail
  readonly #listeners = new Set<(entries: readonly LogEntry[]) => void>()
  #oldest: number
  #head: number

  constructor(store: Store, oldest: number) {
    this.#store = store
    this.#oldest = oldest
    this.#head = store.head
    this.#tail = new Tail(store.head)
    store.onCommit(({ entries }) => this.#publish(entries))
  }

  get head(): number {
    return this.#head
  }

  async read(after: number, limit: number): Promise<readonly LogEntry[]> {
    return this.#tail.read(after, limit) ?? (await this.#store.read.readLog(after, limit))
  }

  readTail(after: number, limit: number): readonly LogEntry[] | undefined {
    return this.#tail.read(after, limit)
  }

  parseCursor(id: string): { position: number } | undefined {
    const position = positionOfCursor(id, this.#store.epoch)
    if (position === undefined || position > this.#head) return undefined
    // Everything after the cursor must be kept; the entry of the cursor itself need not be.
    return position + 1 < this.#oldest ? undefined : { position }
  }

  subscribe(listener: (entries: readonly LogEntry[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  encodeId(position: number): EventId {
    return `evt_${this.#store.epoch}.${position}` as EventId
  }

  async oldest(): Promise<number> {
    return this.#oldest
  }

  /** Notes that retention has moved the oldest kept position. */
  trimmed(oldest: number): void {
    this.#oldest = Math.max(this.#oldest, oldest)
  }

  #publish(entries: readonly LogEntry[]): void {
    const newest = entries.at(-1)
    if (newest === undefined) return
    this.#tail.push(entries)
    this.#head = newest.position
    for (const listener of this.#listeners) listener(entries)
  }
}
