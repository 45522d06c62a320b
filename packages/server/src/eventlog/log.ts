import type { EventId } from '@moltnet/protocol'
import type { LogEntry } from '../store/port.ts'

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
