import { getLogger } from '@logtape/logtape'
import type { Commit, LogEntry } from '../store/port.ts'
import type { Audience } from './audience.ts'
import type { Envelope, Envelopes } from './envelope.ts'
import type { EventLog } from './log.ts'
import type { LogSubscriber } from './log-subscriber.ts'
import type { RoomDirectory } from './room-directory.ts'

const logger = getLogger(['moltnet', 'fanout'])

/** What the fan-out works with. */
export interface FanoutDeps {
  readonly log: EventLog
  readonly directory: RoomDirectory
  readonly audience: Audience<LogSubscriber>
  readonly envelopes: Envelopes
}

/**
 * Hands each commit's entries to the subscribers that may see them, in log order. Each subscriber gets
 * all of its entries of a commit at once. It holds no queue: a subscriber that cannot take an entry
 * reads the log itself later.
 */
export class Fanout {
  readonly log: EventLog
  readonly directory: RoomDirectory
  readonly audience: Audience<LogSubscriber>
  readonly envelopes: Envelopes
  readonly #watchers = new Set<() => void>()
  /** Subscribers with something in their inbox. */
  #touched: LogSubscriber[] = []
  #envelope: Envelope | undefined
  /** Committed entries that wait for their rooms to be loaded. */
  #held: LogEntry[] = []
  #loading = false
  #head: number

  constructor({ log, directory, audience, envelopes }: FanoutDeps) {
    this.log = log
    this.directory = directory
    this.audience = audience
    this.envelopes = envelopes
    this.#head = log.head
  }

  /** Position of the newest entry that was handed out. */
  get head(): number {
    return this.#head
  }

  /** Calls `watcher` whenever the head moved. Returns how to stop. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** Takes over a commit; call for every commit, in order, after the log has it. */
  publish({ entries, rooms }: Commit): void {
    this.directory.apply(rooms)
    if (entries.length === 0) return
    if (this.#loading) {
      this.#held.push(...entries)
      return
    }
    if (this.directory.prepared(entries)) {
      this.#handOut(entries)
      return
    }
    this.#held = [...entries]
    this.#loading = true
    this.#handOutHeld().catch((error: unknown) => {
      // Subscribers stop getting events, and the store that cannot be read ends the process.
      logger.fatal('cannot find the receivers of events: {error}', { error })
    })
  }

  async #handOutHeld(): Promise<void> {
    while (this.#held.length > 0) {
      const entries = this.#held
      this.#held = []
      while (!this.directory.prepared(entries)) await this.directory.prepare(entries)
      this.#handOut(entries)
    }
    this.#loading = false
  }

  #handOut(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      this.#envelope = this.envelopes.of(entry)
      this.audience.each(entry, this.#collect)
    }
    this.#envelope = undefined
    this.#head = (entries.at(-1) as LogEntry).position
    const touched = this.#touched
    this.#touched = []
    for (const subscriber of touched) if (!subscriber.closed) subscriber.takeInbox()
    for (const watcher of this.#watchers) watcher()
  }

  readonly #collect = (subscriber: LogSubscriber): void => {
    if (!subscriber.live) return
    if (subscriber.inbox.length === 0) this.#touched.push(subscriber)
    subscriber.inbox.push(this.#envelope as Envelope)
  }
}
