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
   * What to run when `again` came. Comes the first of those remembered, the others follow it: all at once
   * from here. One that has others in front of it may have been on its way when the server learned of the
   * return, so it goes back once. When it comes again, the server's order is not the one remembered here:
   * those in front have ended, or an operator had it tried again, so that it stood behind newer ones. Then
   * it runs alone, and all others are forgotten and taken as the server sends them. Undefined when nothing
   * was returned.
   */
  takeUp(key: string, again: LaneItem<Event>): TakenUp<Event> | undefined {
    const returned = this.#conversations.get(key)
    if (returned === undefined) return undefined
    const { batch, behind, early } = returned
    const identity = identityOf(again.message)
    const isSame = (item: LaneItem<Event>) => identityOf(item.message) === identity
    const isTried = batch.items.some(isSame)
    const first = batch.items[0] ?? behind[0]
    if (first !== undefined && isSame(first)) {
      const others = (items: readonly LaneItem<Event>[]) => [again, ...items.slice(1)]
      this.#conversations.delete(key)
      if (!isTried) return { type: 'behind', items: others(behind) }
      if (behind.length > 0) this.#put(key, { batch: { ...batch, items: [] }, behind, early: new Set() })
      return { type: 'retry', batch: nextTry(batch, others(batch.items)) }
    }
    if (!early.has(identity)) {
      early.add(identity)
      if (!isTried && !behind.some(isSame)) behind.push(again)
      return { type: 'early' }
    }
    this.#conversations.delete(key)
    return isTried ? { type: 'retry', batch: nextTry(batch, [again]) } : { type: 'behind', items: [again] }
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

function nextTry<Event>(batch: Batch<Event>, items: LaneItem<Event>[]): Batch<Event> {
  return { items, attempt: batch.attempt + 1, failures: 0 }
}
