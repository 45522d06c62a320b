import { getLogger } from '@logtape/logtape'
import { failpoint } from '@moltnet/failpoints'
import type { ConsumerChange } from '../store/consumer-port.ts'
import type { Store } from '../store/port.ts'
import { appendNotices, type WakeNotice } from './wake-notices.ts'

const logger = getLogger(['moltnet', 'consumers'])

/** Whose state is written: a consumer, or what stands in for one while its agent is away. */
export interface Saveable {
  /** What to save, with the events about it. Counts as saved from now on. */
  takeChange(): { readonly change: ConsumerChange; readonly events: readonly WakeNotice[] }
  /** The write failed; nothing of it will be written again. */
  failed(error: unknown): void
}

/**
 * Writes what consumers became: one transaction for all that changed in a turn of the loop, one at a
 * time. A change never overtakes an earlier one of the same consumer, and after a write failed nothing
 * of its consumers is written again: what they hold is ahead of the store, and a later scan position
 * would hide wakes that were never written.
 */
export class ConsumerSaver {
  readonly #store: Store
  readonly #dirty = new Set<Saveable>()
  readonly #dropped = new WeakSet<Saveable>()
  #scheduled = false
  #writing = false
  /** Writes that have ended. */
  #ended = 0
  #waiting: { readonly until: number; readonly resolve: () => void }[] = []

  constructor(store: Store) {
    this.#store = store
  }

  /** Saves a consumer at the end of this turn. */
  changed(consumer: Saveable): void {
    if (this.#dropped.has(consumer)) return
    this.#dirty.add(consumer)
    this.#schedule()
  }

  /** Never saves a consumer again. */
  drop(consumer: Saveable): void {
    this.#dropped.add(consumer)
    this.#dirty.delete(consumer)
  }

  /** Resolves once everything that changed up to now was written, or given up. */
  async saved(): Promise<void> {
    const writes = (this.#writing ? 1 : 0) + (this.#dirty.size > 0 ? 1 : 0)
    if (writes === 0) return
    const until = this.#ended + writes
    await new Promise<void>((resolve) => this.#waiting.push({ until, resolve }))
  }

  #schedule(): void {
    if (this.#scheduled || this.#writing) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      void this.#write()
    })
  }

  async #write(): Promise<void> {
    if (process.env.MOLTNET_FAILPOINT !== undefined) failpoint('before_consumer_save')
    this.#writing = true
    const consumers = [...this.#dirty]
    this.#dirty.clear()
    try {
      if (consumers.length > 0) await this.#store.transact(this.#workOf(consumers))
    } catch (error) {
      logger.error('cannot save {count} durable consumers: {error}', { count: consumers.length, error })
      for (const consumer of consumers) {
        this.drop(consumer)
        consumer.failed(error)
      }
    }
    this.#writing = false
    this.#ended += 1
    const done = this.#waiting.filter(({ until }) => until <= this.#ended)
    this.#waiting = this.#waiting.filter(({ until }) => until > this.#ended)
    for (const { resolve } of done) resolve()
    if (this.#dirty.size > 0) this.#schedule()
  }

  #workOf(consumers: readonly Saveable[]): Parameters<Store['transact']>[0] {
    // Taken now: what changes while it is written belongs to the next write.
    const taken = consumers.map((consumer) => consumer.takeChange())
    return async (tx) => {
      await tx.saveConsumers(taken.map(({ change }) => change))
      for (const { change, events } of taken) await appendNotices(tx, change.actorUid, events)
    }
  }
}
