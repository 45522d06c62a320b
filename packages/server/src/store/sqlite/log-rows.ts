import type { Database, Statement } from 'bun:sqlite'
import type { EventId, EventType, Message } from '@moltnet/protocol'
import type { EventScope, LogEntry } from '../port.ts'
import { scopeOfMessage } from '../scope.ts'

/** Entries read at once end after this many bytes, so that a slow reader holds little. */
export const LOG_READ_BYTES = 4_194_304

/** What is the same for every entry of a log. */
export interface LogIdentity {
  readonly epoch: string
  readonly networkId: string
}

/** The id of the entry at a position. */
export function eventIdAt(epoch: string, position: number): EventId {
  return `evt_${epoch}.${position}` as EventId
}

/**
 * The id that a message of v1 answers a retry with. It is never a valid cursor: position 0 is before
 * every log, and the hash makes it no number.
 */
export function legacyEventId(epoch: string, messageId: string): EventId {
  const hash = new Bun.CryptoHasher('sha256').update(messageId).digest('hex').slice(0, 16)
  return `evt_${epoch}.0-${hash}` as EventId
}

/** The entry of a message, made from the message's own stored text. */
export class MessageEntry implements LogEntry {
  readonly type = 'message.created'
  readonly position: number
  readonly id: EventId
  readonly createdAt: string
  readonly json: string
  readonly #messageJson: string
  #message: Message | undefined
  #scope: EventScope | undefined

  constructor(
    identity: LogIdentity,
    row: { position: number; createdAt: string; json: string; message?: Message; scope?: EventScope },
  ) {
    this.position = row.position
    this.createdAt = row.createdAt
    this.id = eventIdAt(identity.epoch, row.position)
    this.#messageJson = row.json
    this.#message = row.message
    this.#scope = row.scope
    this.json = `{"id":"${this.id}","type":"message.created","network_id":"${identity.networkId}","message":${row.json},"created_at":"${row.createdAt}"}`
  }

  get message(): Message {
    this.#message ??= JSON.parse(this.#messageJson) as Message
    return this.#message
  }

  get scope(): EventScope {
    this.#scope ??= scopeOfMessage(this.message)
    return this.#scope
  }

  /** The encoded message. */
  get messageJson(): string {
    return this.#messageJson
  }
}

/** An entry that is not a message. */
export class PlainEntry implements LogEntry {
  readonly message = undefined
  readonly position: number
  readonly id: EventId
  readonly type: EventType
  readonly createdAt: string
  readonly json: string
  readonly scope: EventScope

  constructor(
    identity: LogIdentity,
    row: { position: number; type: EventType; createdAt: string; json: string; scope: EventScope },
  ) {
    this.position = row.position
    this.id = eventIdAt(identity.epoch, row.position)
    this.type = row.type
    this.createdAt = row.createdAt
    this.json = row.json
    this.scope = row.scope
  }
}

interface MessageRow {
  position: number
  created_at: string
  json: string
}

interface EventRow extends MessageRow {
  type: EventType
  scope: string
}

/** Reads the log of one connection: messages and other events, which share one order. */
export class LogRows {
  readonly #identity: LogIdentity
  readonly #messages: Statement<MessageRow, [number, number]>
  readonly #events: Statement<EventRow, [number, number]>
  readonly #floor: Statement<{ value: string }, []>
  readonly #newest: Statement<{ position: number | null; created_at: string | null }, []>
  readonly #timeAt: Statement<{ created_at: string }, [number, number]>

  constructor(db: Database, identity: LogIdentity) {
    this.#identity = identity
    this.#messages = db.query(
      'SELECT position, created_at, json FROM messages WHERE position > ? ORDER BY position LIMIT ?',
    )
    this.#events = db.query(
      'SELECT position, created_at, json, type, scope FROM events WHERE position > ? ORDER BY position LIMIT ?',
    )
    this.#floor = db.query("SELECT value FROM meta WHERE key = 'log_floor'")
    this.#newest = db.query(
      `SELECT position, created_at FROM (
         SELECT * FROM (SELECT position, created_at FROM messages ORDER BY position DESC LIMIT 1)
         UNION ALL SELECT * FROM (SELECT position, created_at FROM events ORDER BY position DESC LIMIT 1)
       ) ORDER BY position DESC LIMIT 1`,
    )
    this.#timeAt = db.query(
      `SELECT created_at FROM messages WHERE position = ?
       UNION ALL SELECT created_at FROM events WHERE position = ? LIMIT 1`,
    )
  }

  /** Ascending entries after a position; fewer than `limit` when they are large. */
  read(after: number, limit: number): LogEntry[] {
    const from = Math.max(after, this.floor() - 1)
    const messages = this.#messages.iterate(from, limit)[Symbol.iterator]()
    const events = this.#events.iterate(from, limit)[Symbol.iterator]()
    const entries: LogEntry[] = []
    let bytes = 0
    let message = messages.next()
    let event = events.next()
    while (entries.length < limit && bytes < LOG_READ_BYTES && !(message.done && event.done)) {
      const messageFirst = event.done || (!message.done && message.value.position < event.value.position)
      const entry = messageFirst ? this.#message(message.value) : this.#event(event.value)
      if (messageFirst) message = messages.next()
      else event = events.next()
      entries.push(entry)
      bytes += entry.json.length
    }
    messages.return?.()
    events.return?.()
    return entries
  }

  /** Oldest position that is kept; one after the newest for an empty log. */
  floor(): number {
    return Number(this.#floor.get()?.value ?? 1)
  }

  newest(): { position: number; createdAt: string } | undefined {
    const row = this.#newest.get()
    if (!row || row.position === null) return undefined
    return { position: row.position, createdAt: row.created_at ?? '' }
  }

  /** When an entry was made; undefined when there is no such entry. */
  timeAt(position: number): string | undefined {
    return this.#timeAt.get(position, position)?.created_at
  }

  #message(row: MessageRow): LogEntry {
    return new MessageEntry(this.#identity, {
      position: row.position,
      createdAt: row.created_at,
      json: row.json,
    })
  }

  #event(row: EventRow): LogEntry {
    const scope = JSON.parse(row.scope) as EventScope
    return new PlainEntry(this.#identity, {
      position: row.position,
      type: row.type,
      createdAt: row.created_at,
      json: row.json,
      scope,
    })
  }
}

/**
 * The newest position whose entry is not later than `createdAt`, by bisection: times rise with
 * positions. 0 when every kept entry is later.
 */
export function positionAt(rows: LogRows, createdAt: string): number {
  let low = rows.floor() - 1
  let high = rows.newest()?.position ?? low
  if (high <= low) return 0
  const floor = low
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const time = rows.timeAt(middle)
    if (time !== undefined && time <= createdAt) low = middle
    else high = middle - 1
  }
  return low > floor ? low : 0
}
