import { NODE_LIMITS } from '../limits.ts'
import { identityOf } from './completed.ts'
import type { Batch, LaneItem } from './lanes.ts'

/** What of a conversation went back to the server: a refused batch, and the messages behind it. */
interface ReturnedWakes<Event> {
  batch: Batch<Event>
  behind: LaneItem<Event>[]
}

/** What is to be run again: the batch alone, or after its end all that was behind it. */
export type TakenUp<Event> =
  | { type: 'retry'; batch: Batch<Event> }
  | { type: 'behind'; items: LaneItem<Event>[] }

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
    this.#put(key, { batch, behind: [...earlier, ...behind] })
  }

  /**
   * What to run when `again` came: everything from it on, since the server sends in order and what stood
   * before it has ended there. Undefined for a message that was not returned: then all of it has ended.
   */
  takeUp(key: string, again: LaneItem<Event>): TakenUp<Event> | undefined {
    const returned = this.#conversations.get(key)
    if (returned === undefined) return undefined
    this.#conversations.delete(key)
    const { batch, behind } = returned
    const retry = from(batch.items, again)
    if (retry.length === 0) {
      const items = from(behind, again)
      return items.length === 0 ? undefined : { type: 'behind', items }
    }
    if (behind.length > 0) this.#put(key, { batch: { ...batch, items: [] }, behind })
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
