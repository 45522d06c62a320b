import type { StoredChain } from '../store/consumer-port.ts'

/** Messages of one chain whose numbers are kept; far more than a chain has before a guard holds the next one. */
const KEPT_NUMBERS = 256

interface Chain {
  length: number
  counted: number
  since: number
  changedAt: number
  /** The numbers of its messages by log position, in the order of counting. */
  readonly numbers: Map<number, number>
  /** From this position on every counted message has its number here. */
  knownFrom: number
}

/**
 * How many messages in a row have woken agents in each conversation without a human: one count for all
 * agents of the conversation. A message counts once, when the first consumer meets it. What is here is
 * ahead of the store by what the next save of any consumer writes, so a crash loses no count of a wake that
 * the store knows.
 */
export class Chains {
  readonly #chains = new Map<string, Chain>()
  readonly #changed = new Set<string>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Takes in what the store knows. Call once, before anything is counted. */
  load(stored: readonly StoredChain[]): void {
    for (const { conversation, ...chain } of stored)
      this.#chains.set(conversation, { ...chain, numbers: new Map(), knownFrom: chain.counted + 1 })
  }

  /**
   * The number of a message in its chain, counted now if it was not before. Undefined: it lies before the
   * chain, or before what is known of it, as a consumer that was away may meet it.
   */
  count(conversation: string, position: number): number | undefined {
    let chain = this.#chains.get(conversation)
    if (chain === undefined) {
      chain = { length: 0, counted: 0, since: 0, changedAt: 0, numbers: new Map(), knownFrom: 0 }
      this.#chains.set(conversation, chain)
    }
    if (position <= chain.since) return undefined
    const known = chain.numbers.get(position)
    if (known !== undefined || position < chain.knownFrom) return known
    chain.length += 1
    chain.counted = Math.max(chain.counted, position)
    chain.numbers.set(position, chain.length)
    if (chain.numbers.size > KEPT_NUMBERS) forgetOldest(chain)
    this.#touch(conversation, chain)
    return chain.length
  }

  /** The length of a chain. */
  length(conversation: string): number {
    return this.#chains.get(conversation)?.length ?? 0
  }

  /** Log position of the human's message that a chain began after. */
  since(conversation: string): number {
    return this.#chains.get(conversation)?.since ?? 0
  }

  /** A human spoke. The store has that already, from the commit of the message itself. */
  restart(conversation: string, position: number): void {
    const chain = this.#chains.get(conversation)
    if (chain === undefined) return
    // A save that was on its way may have written the old count after that commit.
    if (chain.length > 0) this.#touch(conversation, chain)
    chain.length = 0
    chain.counted = position
    chain.since = position
    chain.numbers.clear()
  }

  /** An operator let the conversation go on: the chain is as long as what was let go. */
  letGo(conversation: string, length: number): void {
    const chain = this.#chains.get(conversation)
    if (chain === undefined) return
    chain.length = length
    // Their numbers are of the chain before.
    chain.numbers.clear()
    chain.knownFrom = chain.counted + 1
    this.#touch(conversation, chain)
  }

  /** What the store lacks. Counts as saved from now on. */
  takeChanges(): StoredChain[] {
    const changes: StoredChain[] = []
    for (const conversation of this.#changed) {
      const chain = this.#chains.get(conversation)
      if (chain === undefined) continue
      const { length, counted, since, changedAt } = chain
      changes.push({ conversation, length, counted, since, changedAt })
    }
    this.#changed.clear()
    return changes
  }

  /** The write of these failed. */
  notSaved(changes: readonly StoredChain[]): void {
    for (const { conversation } of changes) this.#changed.add(conversation)
  }

  /** Forgets chains that have not changed since a Unix time in milliseconds. */
  forget(changedBefore: number): void {
    for (const [conversation, { changedAt }] of this.#chains)
      if (changedAt < changedBefore) this.#chains.delete(conversation)
  }

  #touch(conversation: string, chain: Chain): void {
    chain.changedAt = this.#now()
    this.#changed.add(conversation)
  }
}

function forgetOldest(chain: Chain): void {
  for (const position of chain.numbers.keys()) {
    chain.numbers.delete(position)
    chain.knownFrom = Math.max(chain.knownFrom, position + 1)
    return
  }
}
