import type { Principal } from '../domain/principal.ts'
import type { LogEntry } from '../store/port.ts'
import type { Envelope } from './envelope.ts'
import type { Fanout } from './fanout.ts'
import { DELIVERY_LIMITS } from './limits.ts'

/** Where a subscriber's frames go. */
export interface FrameSink {
  /** False while the connection holds a frame that it could not hand on: none may be sent then. */
  readonly writable: boolean
  send(frame: string): void
  /** Runs `work`, whose frames then leave together. */
  batch(work: () => void): void
}

/**
 * Somebody who takes entries of the log in order, at a pace of their own. While it keeps up it is
 * **live**: the fan-out hands it what it may see. As soon as it cannot take an entry it stops being
 * live, keeps its position, and reads the log itself from there when it can take more; once it has
 * caught up it is live again, without a gap and without a duplicate.
 */
export abstract class LogSubscriber {
  abstract readonly principal: Principal
  abstract readonly attachedAs: string
  /** The audience's own note. */
  mark = 0
  /** What it has not taken yet; filled by the fan-out. */
  readonly inbox: Envelope[] = []
  readonly #fanout: Fanout
  /** Where it stands while it is not live. */
  #position = 0
  #live = false
  #closed = false
  #waiting = false

  constructor(fanout: Fanout) {
    this.#fanout = fanout
  }

  get live(): boolean {
    return this.#live
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Every entry up to here was taken or is not for this subscriber. */
  get position(): number {
    if (!this.#live) return this.#position
    const next = this.inbox[0]
    return next === undefined ? this.#fanout.head : next.entry.position - 1
  }

  /** Says where it begins: it takes everything after `position`. */
  place(position: number): void {
    this.#position = position
  }

  /** Takes at most `limit` entries, before it joins the audience. */
  async advance(limit: number): Promise<void> {
    const end = this.#position + limit
    while (this.#position < Math.min(end, this.#fanout.head) && this.ready) {
      const before = this.#position
      this.#takeAll(await this.#read())
      if (this.#position === before) return
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Joins the audience: from now on it goes on by itself. */
  join(): void {
    if (this.#closed) return
    this.#fanout.audience.add(this)
    this.resume()
  }

  /** Leaves the audience; nothing is taken from now on. */
  close(): void {
    if (this.#closed) return
    this.#position = this.position
    this.#closed = true
    this.#live = false
    this.inbox.length = 0
    this.#fanout.audience.remove(this)
  }

  /** Takes what the fan-out collected for it. */
  takeInbox(): void {
    try {
      if (this.inbox.length === 1) this.#takeCollected()
      else this.sink.batch(this.#takeCollected)
      if (!this.#live) this.resume()
    } catch (error) {
      this.fail(error)
    }
  }

  /** Goes on reading, if it stopped. Call whenever it may be able to take more. */
  resume(): void {
    while (!this.#closed && !this.#live && !this.#waiting && this.ready) {
      if (this.#position >= this.#fanout.head) {
        this.#live = true
        return
      }
      const entries = this.#fanout.log.readTail(this.#position, DELIVERY_LIMITS.catchUpEntries)
      if (entries === undefined || !this.#fanout.directory.prepared(entries)) {
        this.#fetch()
        return
      }
      this.#takeAll(entries)
      if (entries.length === DELIVERY_LIMITS.catchUpEntries) this.#pause()
    }
  }

  protected abstract readonly sink: FrameSink

  /** Whether an entry could be taken now. */
  protected abstract get ready(): boolean

  /** Takes an entry that it may see; false when it cannot now. */
  protected abstract take(envelope: Envelope): boolean

  /** Called after one or more entries were taken, within the sink's batch. */
  protected abstract settle(): void

  /** Entries between `position` and `oldest` are no longer in the log; false when that cannot be told now. */
  protected abstract tellGap(position: number, oldest: number): boolean

  /** The log cannot be read, or this subscriber has a fault; it must close. */
  protected abstract fail(error: unknown): void

  protected get fanout(): Fanout {
    return this.#fanout
  }

  // One function for the life of the subscriber: a batch needs no closure of its own.
  readonly #takeCollected = (): void => {
    for (const envelope of this.inbox) {
      if (this.take(envelope)) continue
      this.#live = false
      this.#position = envelope.entry.position - 1
      break
    }
    this.inbox.length = 0
    this.settle()
  }

  #takeAll(entries: readonly LogEntry[]): void {
    const { audience, envelopes, head } = this.#fanout
    this.sink.batch(() => {
      for (const entry of entries) {
        // The fan-out has not come so far yet: what follows will be handed to live subscribers.
        if (entry.position > head) break
        if (entry.position > this.#position + 1 && !this.tellGap(this.#position, entry.position)) break
        if (audience.sees(this, entry) && !this.take(envelopes.of(entry))) {
          this.#position = entry.position - 1
          break
        }
        this.#position = entry.position
      }
      this.settle()
    })
  }

  /** Lets others have their turn before it reads on. */
  #pause(): void {
    this.#waiting = true
    setImmediate(() => {
      this.#waiting = false
      this.resume()
    })
  }

  #fetch(): void {
    this.#waiting = true
    this.#read().then(
      (entries) => {
        this.#waiting = false
        if (this.#closed) return
        this.#takeAll(entries)
        // A store may answer without the loop ever turning: others must get their turn.
        this.#pause()
      },
      (error: unknown) => {
        this.#waiting = false
        if (!this.#closed) this.fail(error)
      },
    )
  }

  async #read(): Promise<readonly LogEntry[]> {
    const { log, directory } = this.#fanout
    const entries = await log.read(this.#position, DELIVERY_LIMITS.catchUpEntries)
    while (!directory.prepared(entries)) await directory.prepare(entries)
    return entries
  }
}
