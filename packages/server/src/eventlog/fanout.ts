import { getLogger } from '@logtape/logtape'
import type { Commit, LogEntry } from '../store/port.ts'
import type { Audience } from './audience.ts'
import type { Envelope, Envelopes } from './envelope.ts'
import type { EventLog } from './log.ts'
import { DELIVERY_LIMITS } from './limits.ts'
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
 * all of its entries of a commit at once; when that takes long, others of the loop have turns in between.
 * It holds no queue: a subscriber that cannot take an entry reads the log itself later.
 */
export class Fanout {
  readonly log: EventLog
  readonly directory: RoomDirectory
  readonly audience: Audience<LogSubscriber>
  readonly envelopes: Envelopes
  readonly #watchers = new Set<() => void>()
  /** Subscribers with something in their inbox. */
  #touched: LogSubscriber[] = []
  /** How many of them have taken it. */
  #given = 0
  #envelope: Envelope | undefined
  /** Committed entries that were not handed out yet. */
  #held: LogEntry[] = []
  /** Whether earlier ones are being handed out, or their rooms loaded. */
  #isBusy = false
  #head: number

  constructor({ log, directory, audience, envelopes }: FanoutDeps) {
    this.log = log
    this.directory = directory
    this.audience = audience
    this.envelopes = envelopes
    this.#head = log.head
  }

  /** Position of the newest entry that is with its receivers, or in their inboxes. */
  get head(): number {
    return this.#head
  }

  /** Calls `watcher` whenever everything up to the head was taken. Returns how to stop. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** Takes over a commit; call for every commit, in order, after the log has it. */
  publish({ entries, rooms }: Commit): void {
    this.directory.apply(rooms)
    if (entries.length === 0) return
    this.#held.push(...entries)
    if (!this.#isBusy) this.#handOutHeld()
  }

  /** Hands out all of it, in as many turns as that takes, and then what was committed meanwhile. */
  readonly #handOutHeld = (): void => {
    this.#isBusy = this.#held.length > 0
    if (!this.#isBusy) return
    if (this.directory.prepared(this.#held)) {
      this.#collectHeld()
      this.#give()
      return
    }
    this.#prepare().catch((error: unknown) => {
      // Subscribers stop getting events, and the store that cannot be read ends the process.
      logger.fatal('cannot find the receivers of events: {error}', { error })
    })
  }

  async #prepare(): Promise<void> {
    while (!this.directory.prepared(this.#held)) await this.directory.prepare(this.#held)
    this.#handOutHeld()
  }

  #collectHeld(): void {
    const entries = this.#held
    this.#held = []
    for (const entry of entries) {
      this.#envelope = this.envelopes.of(entry)
      this.audience.each(entry, this.#collect)
    }
    this.#envelope = undefined
    this.#head = (entries.at(-1) as LogEntry).position
  }

  /** Lets those with something in their inbox take it. */
  readonly #give = (): void => {
    const ends = performance.now() + DELIVERY_LIMITS.handOutMs
    while (this.#given < this.#touched.length) {
      const subscriber = this.#touched[this.#given++] as LogSubscriber
      if (!subscriber.closed) subscriber.takeInbox()
      if (performance.now() < ends) continue
      setImmediate(this.#give)
      return
    }
    this.#touched = []
    this.#given = 0
    for (const watcher of this.#watchers) watcher()
    this.#handOutHeld()
  }

  readonly #collect = (subscriber: LogSubscriber): void => {
    if (!subscriber.live) return
    if (subscriber.inbox.length === 0) this.#touched.push(subscriber)
    subscriber.inbox.push(this.#envelope as Envelope)
  }
}
