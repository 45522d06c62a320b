import { getLogger } from '@logtape/logtape'
import { failpoint } from '@moltnet/failpoints'
import type { ConsumerChange, StoredChain } from '../store/consumer-port.ts'
import type { Store } from '../store/port.ts'
import type { Chains } from './chains.ts'
import { appendNotices, type WakeNotice } from './wake-notices.ts'

const logger = getLogger(['moltnet', 'consumers'])

/**
 * After a write of many wakes the next one begins this long after it began, in milliseconds: a wake that is met, sent
 * and ACKed within that time is one row, and rows of one consumer that are written together share their pages.
 * After a crash, what was not written is sent again.
 */
const REST_MS = 40

/** How many wakes are many; below, each turn of the loop ends with a write. */
const MANY_WAKES = 32

/** Wakes in one work of the store: others get their turn between two. */
const PART_WAKES = 128

/** What is written of one consumer. */
type Taken = { readonly consumer: Saveable } & ReturnType<Saveable['takeChange']>

/** Whose state is written: a consumer, or what stands in for one while its agent is away. */
export interface Saveable {
  /** What to save, with the events about it. Counts as saved from now on. */
  takeChange(): { readonly change: ConsumerChange; readonly events: readonly WakeNotice[] }
  /** What was taken last is written. */
  saved(): void
  /** The write failed; nothing of it will be written again. */
  fail(error: unknown): void
}

/**
 * Writes what consumers became, many at once, one write at a time. A change never overtakes an earlier
 * one of the same consumer, and after a write failed nothing of its consumers is written again: what they
 * hold is ahead of the store, and a later scan position would hide wakes that were never written.
 */
export class ConsumerSaver {
  readonly #store: Store
  readonly #chains: Chains
  readonly #dirty = new Set<Saveable>()
  readonly #dropped = new WeakSet<Saveable>()
  /** Whether the next write starts at the end of this turn. */
  #scheduled = false
  /** What starts the next write after a rest. */
  #resting: Timer | undefined
  /** Time before which only what somebody waits for starts a write. */
  #restsUntil = 0
  #writing = false
  /** Writes that have ended. */
  #ended = 0
  #waiting: { readonly until: number; readonly resolve: () => void }[] = []

  constructor(store: Store, chains: Chains) {
    this.#store = store
    this.#chains = chains
  }

  /** Saves a consumer at the end of this turn, or soon when many wakes were written a moment ago. */
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
    const saved = new Promise<void>((resolve) => this.#waiting.push({ until, resolve }))
    this.#schedule()
    await saved
  }

  /** Starts a write at the end of this turn, or after the rest when nobody waits for it. */
  #schedule(): void {
    if (this.#writing || this.#scheduled) return
    const restMs = this.#waiting.length > 0 ? 0 : this.#restsUntil - performance.now()
    if (restMs > 0) {
      this.#resting ??= setTimeout(this.#begin, restMs)
      return
    }
    this.#scheduled = true
    setImmediate(this.#begin)
  }

  readonly #begin = (): void => {
    clearTimeout(this.#resting)
    this.#resting = undefined
    this.#scheduled = false
    if (!this.#writing) void this.#write()
  }

  async #write(): Promise<void> {
    if (process.env.MOLTNET_FAILPOINT !== undefined) failpoint('before_consumer_save')
    this.#writing = true
    const startedAt = performance.now()
    const parts = this.#takeAll()
    const wakes = parts.flat().reduce((sum, { change }) => sum + change.wakes.length, 0)
    this.#restsUntil = wakes < MANY_WAKES ? 0 : startedAt + REST_MS
    // All of them, and first: no wake may be stored without being counted.
    const chains = parts.length > 0 ? this.#chains.takeChanges() : []
    await Promise.all(parts.map((part, index) => this.#save(part, index === 0 ? chains : [])))
    this.#writing = false
    this.#ended += 1
    const done = this.#waiting.filter(({ until }) => until <= this.#ended)
    this.#waiting = this.#waiting.filter(({ until }) => until > this.#ended)
    for (const { resolve } of done) resolve()
    if (this.#dirty.size > 0) this.#schedule()
  }

  /** What changed, in parts. Taken now: what changes while it is written belongs to the next write. */
  #takeAll(): Taken[][] {
    const consumers = [...this.#dirty]
    this.#dirty.clear()
    const parts: Taken[][] = []
    let room = 0
    for (const consumer of consumers) {
      const taken = { consumer, ...consumer.takeChange() }
      if (room <= 0) {
        parts.push([])
        room = PART_WAKES
      }
      parts.at(-1)?.push(taken)
      room -= 1 + taken.change.wakes.length
    }
    return parts
  }

  async #save(part: readonly Taken[], chains: readonly StoredChain[]): Promise<void> {
    try {
      await this.#store.transact(async (tx) => {
        if (chains.length > 0) await tx.saveChains(chains)
        await tx.saveConsumers(part.map(({ change }) => change))
        for (const { change, events } of part) await appendNotices(tx, change.actorUid, events)
      })
    } catch (error) {
      this.#chains.notSaved(chains)
      logger.error('cannot save {count} durable consumers: {error}', { count: part.length, error })
      for (const { consumer } of part) {
        this.drop(consumer)
        consumer.fail(error)
      }
      return
    }
    for (const { consumer } of part) consumer.saved()
  }
}
