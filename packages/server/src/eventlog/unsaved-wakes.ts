import type { StoredWake } from '../store/consumer-port.ts'
import type { Wake } from './lane.ts'
import type { WakeNotice } from './wake-notices.ts'
import { rowOf } from './wake-rows.ts'

/** What changed since it was last taken. */
export interface WakeChanges {
  /** Rows to insert or replace. */
  readonly wakes: readonly StoredWake[]
  readonly events: readonly WakeNotice[]
  /** The scan position that goes with them: before every wake that has no row. */
  readonly scan: number
}

/** How much is taken. */
export interface TakeOptions {
  /**
   * All of it, or only what is urgent with everything before that. A wake that is ACKed before it was
   * written is then written once, at its end.
   */
  readonly all: boolean
  /** Where the scan stands. */
  readonly scan: number
  /** Where it stood at the last save: no wake up to there is without a row. */
  readonly savedScan: number
}

/** What the store does not know yet of the wakes of one consumer, and what of it is urgent. */
export class UnsavedWakes {
  readonly #wakes = new Set<Wake>()
  /** Position of the last wake that must be saved at the end of this turn; 0: none. */
  #urgentUpTo = 0
  /**
   * Whether a wake ended in a way that the store does not know and that would not come out the same again:
   * after a crash it would be sent once more, and must not find that later ones have passed it.
   */
  #end: 'none' | 'open' | 'taken' = 'none'
  #events: WakeNotice[] = []

  get size(): number {
    return this.#wakes.size
  }

  /** Whether nothing may be sent before the store knows of an end. */
  get holdsBack(): boolean {
    return this.#end !== 'none'
  }

  /** The store does not know a wake as it is now. */
  add(wake: Wake): void {
    this.#wakes.add(wake)
  }

  /** A wake, and those before it, must be saved at the end of this turn. */
  hurry({ facts }: Wake): void {
    this.#urgentUpTo = Math.max(this.#urgentUpTo, facts.position)
  }

  /** Events go with what is urgent, in the same save. */
  tell(events: readonly WakeNotice[]): void {
    this.#events.push(...events)
  }

  /** A wake ended in a way that would not come out the same again. */
  endedForGood(): void {
    this.#end = 'open'
  }

  /** What was taken last is in the store; whether something may be sent now that had to wait for that. */
  saved(): boolean {
    if (this.#end !== 'taken') return false
    this.#end = 'none'
    return true
  }

  /** What to save. Counts as saved from now on; `taken` is told of each wake. */
  take({ all, scan, savedScan }: TakeOptions, now: number, taken: (wake: Wake) => void): WakeChanges {
    // What is urgent may lie beyond the scan: wakes that were found while the agent was away.
    const until = Math.max(all ? scan : 0, this.#urgentUpTo)
    const wakes: StoredWake[] = []
    let saved = scan
    for (const wake of this.#wakes) {
      const { position } = wake.facts
      if (position <= until) {
        wakes.push(rowOf(wake, now))
        this.#wakes.delete(wake)
        taken(wake)
      } else if (position > savedScan) saved = Math.min(saved, position - 1)
    }
    const changes = { wakes, events: this.#events, scan: saved }
    this.#urgentUpTo = 0
    this.#events = []
    if (this.#end === 'open') this.#end = 'taken'
    return changes
  }
}
