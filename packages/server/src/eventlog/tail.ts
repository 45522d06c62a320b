import type { LogEntry } from '../store/port.ts'

/**
 * Most entries kept in memory: what live consumers that fall behind for a moment still find there. A v1 socket may have
 * as many un-ACKed frames, and a short message takes some 3 kB here.
 */
export const TAIL_ENTRIES = 4_096

/** Most bytes of encoded events kept in memory. */
export const TAIL_BYTES = 16_777_216

/** The newest entries of the log, contiguous, in a ring that never moves them. */
export class Tail {
  readonly #ring: (LogEntry | undefined)[]
  readonly #maxBytes: number
  /** Position of the oldest entry kept; one after the newest when there is none. */
  #oldest: number
  #newest: number
  #bytes = 0

  constructor(
    head: number,
    limits: { entries: number; bytes: number } = { entries: TAIL_ENTRIES, bytes: TAIL_BYTES },
  ) {
    this.#ring = Array.from({ length: limits.entries }, () => undefined)
    this.#maxBytes = limits.bytes
    this.#newest = head
    this.#oldest = head + 1
  }

  /** Entries must follow each other and the newest one. */
  push(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (this.#newest - this.#oldest + 1 >= this.#ring.length) this.#drop()
      this.#ring[entry.position % this.#ring.length] = entry
      this.#newest = entry.position
      this.#bytes += entry.json.length
    }
    while (this.#bytes > this.#maxBytes) this.#drop()
  }

  /** Entries after `after`, at most `limit`; undefined when the first of them is not kept any more. */
  read(after: number, limit: number): readonly LogEntry[] | undefined {
    if (after + 1 < this.#oldest) return undefined
    const last = Math.min(this.#newest, after + limit)
    const entries: LogEntry[] = []
    for (let position = after + 1; position <= last; position++) {
      entries.push(this.#ring[position % this.#ring.length] as LogEntry)
    }
    return entries
  }

  #drop(): void {
    const slot = this.#oldest % this.#ring.length
    this.#bytes -= this.#ring[slot]?.json.length ?? 0
    this.#ring[slot] = undefined
    this.#oldest += 1
  }
}
