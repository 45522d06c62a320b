import type { ConversationReader, LogEntry, StoredMessage } from '../store/port.ts'
import { scopeOfMessage } from '../store/scope.ts'
import type { EventLog } from './log.ts'
import type { RoomDirectory } from './room-directory.ts'
import type { WakeFacts } from './lane.ts'

/** Entries read at once: wakes that wait are often near each other. */
const READ_AHEAD = 64

/** Bytes of encoded events kept for all consumers, so that a redelivery to many reads each only once. */
const KEPT_BYTES = 16_777_216

/** What wake entries are read from. */
export interface WakeEntriesDeps {
  readonly log: EventLog
  readonly directory: RoomDirectory
  readonly read: ConversationReader
  readonly networkId: string
}

/** The log entries of wakes that are sent late: from the tail, the log, or the message itself. */
export class WakeEntries {
  readonly #deps: WakeEntriesDeps
  /** Oldest first. */
  readonly #kept = new Map<number, LogEntry>()
  #bytes = 0

  constructor(deps: WakeEntriesDeps) {
    this.#deps = deps
  }

  /** The entry at a position, if it is at hand and its receivers can be decided. */
  at(position: number): LogEntry | undefined {
    const { log, directory } = this.#deps
    const entry = log.readTail(position - 1, 1)?.[0] ?? this.#kept.get(position)
    return entry !== undefined && directory.prepared([entry]) ? entry : undefined
  }

  /** Brings the entry of a wake to hand; false when its message is gone. */
  async load({ position, messageId }: WakeFacts): Promise<boolean> {
    const { log, directory, read } = this.#deps
    for (const entry of await log.read(position - 1, READ_AHEAD)) this.#keep(entry)
    let entry = log.readTail(position - 1, 1)?.[0] ?? this.#kept.get(position)
    if (entry === undefined) {
      const stored = await read.message(messageId)
      if (stored === undefined) return false
      entry = this.#entryOf(position, stored)
    }
    // Once more: it must be the last one to go.
    this.#keep(entry)
    await directory.prepare([entry])
    return true
  }

  #keep(entry: LogEntry): void {
    this.#forget(entry.position)
    this.#kept.set(entry.position, entry)
    this.#bytes += entry.json.length
    for (const position of this.#kept.keys()) {
      if (this.#bytes <= KEPT_BYTES || position === entry.position) return
      this.#forget(position)
    }
  }

  #forget(position: number): void {
    const entry = this.#kept.get(position)
    if (entry === undefined) return
    this.#kept.delete(position)
    this.#bytes -= entry.json.length
  }

  /** The entry of a message whose place in the log is no longer kept. */
  #entryOf(position: number, { message }: StoredMessage): LogEntry {
    const id = this.#deps.log.encodeId(position)
    const { networkId } = this.#deps
    const type = 'message.created'
    const createdAt = message.created_at
    const json = JSON.stringify({ id, type, network_id: networkId, message, created_at: createdAt })
    return { position, id, type, createdAt, scope: scopeOfMessage(message), json, message }
  }
}
