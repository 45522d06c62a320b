import { NODE_LIMITS } from '../limits.ts'
import { identityOf } from './completed.ts'
import type { Batch, LaneItem } from './lanes.ts'

/** What of a conversation went back to the server: a refused batch, and the messages behind it. */
interface ReturnedWakes<Event> {
  batch: Batch<Event>
  behind: LaneItem<Event>[]
  /** Messages that went back once more because they came before those in front of them. */
  early: Set<string>
}

/** What is to be run again: the batch alone, or after its end all that was behind it. */
export type TakenUp<Event> =
  | { type: 'retry'; batch: Batch<Event> }
  | { type: 'behind'; items: LaneItem<Event>[] }
  /** Not yet: the server may have sent it before it knew of the return. It belongs behind, and must go back too. */
  | { type: 'early' }

/**
 * The server sends what was returned to it one by one. Here is remembered what belongs together, so that
 * a retry carries the same messages and no new ones, and those behind it still go in one turn.
 */
export class ReturnedBatches<Event> {
  /** By conversation; the one that was changed last stands last. */
  readonly #conversations = new Map<string, ReturnedWakes<Event>>()

  /** Remembers a refused batch, and `behind` after what is known to be behind it already. */
  add(key: string, batch: Batch<Event>, behind: readonly LaneItem<Event>[]): void {
    const earlier = this.#conversations.get(key)?.behind ?? []
    this.#put(key, { batch, behind: [...earlier, ...behind], early: new Set() })
  }

  /**
   * What to run when `again` came: everything from it on, since the server sends in order. One that has
   * others in front of it may have been on its way when the server learned of the return, so it goes back
   * once; when it comes again, those others have ended. Undefined when nothing was returned.
   */
  takeUp(key: string, again: LaneItem<Event>): TakenUp<Event> | undefined {
    const returned = this.#conversations.get(key)
    if (returned === undefined) return undefined
    const { batch, behind, early } = returned
    const identity = identityOf(again.message)
    const first = batch.items[0] ?? behind[0]
    const isNext = first !== undefined && identityOf(first.message) === identity
    const retry = from(batch.items, again)
    const items = from(behind, again)
    if (!isNext && !early.has(identity)) {
      early.add(identity)
      if (retry.length === 0 && items.length === 0) behind.push(again)
      return { type: 'early' }
    }
    this.#conversations.delete(key)
    if (retry.length === 0) return { type: 'behind', items }
    if (behind.length > 0) this.#put(key, { batch: { ...batch, items: [] }, behind, early: new Set() })
    return { type: 'retry', batch: { items: retry, attempt: batch.attempt + 1, failures: 0 } }
  }

  clear(): void {
    this.#conversations.clear()
  }

  #put(key: string, returned: ReturnedWakes<Event>): void {
    this.#conversations.delete(key)
    this.#conversations.set(key, returned)
    for (const oldest of this.#conversations.keys()) {
      if (this.#conversations.size <= NODE_LIMITS.refusedBatches) break
      this.#conversations.delete(oldest)
    }
  }
}

/** The items from the one with the message of `again` on, that one with its new event. */
function from<Event>(items: readonly LaneItem<Event>[], again: LaneItem<Event>): LaneItem<Event>[] {
  const identity = identityOf(again.message)
  const position = items.findIndex((item) => identityOf(item.message) === identity)
  if (position < 0) return []
  return [again, ...items.slice(position + 1)]
}
