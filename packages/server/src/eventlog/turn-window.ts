/** Slots of a window: a turn counts for up to one slot longer than the window. */
const SLOTS = 60

interface Slot {
  readonly start: number
  total: number
  readonly bySender: Map<string, number>
}

/**
 * How many turns one agent had in a window of time, and who caused them. Counted in slots, so that memory
 * is bounded by the senders and not by the turns. Counting is cheap; who caused them is asked seldom.
 */
export class TurnWindow {
  readonly #windowMs: number
  readonly #slotMs: number
  /** Oldest first. */
  readonly #slots: Slot[] = []
  #total = 0

  constructor(windowMs: number) {
    this.#windowMs = windowMs
    this.#slotMs = windowMs / SLOTS
  }

  /** A turn began. */
  add(at: number, sender: string): void {
    const start = this.#startOf(at)
    let slot = this.#slots.at(-1)
    // A clock that was set back must not make an older slot than the newest.
    if (slot === undefined || start > slot.start) {
      if (this.#slots.length > SLOTS) this.expire(at)
      slot = { start, total: 0, bySender: new Map() }
      this.#slots.push(slot)
    }
    slot.total += 1
    slot.bySender.set(sender, (slot.bySender.get(sender) ?? 0) + 1)
    this.#total += 1
  }

  /** Forgets what is older than the window. What a clock that was set back has not come to counts as of now. */
  expire(now: number): void {
    if ((this.#slots.at(-1)?.start ?? 0) > now) this.#moveBack(now)
    for (let slot = this.#slots[0]; slot !== undefined && this.#endOf(slot) <= now; slot = this.#slots[0]) {
      this.#slots.shift()
      this.#total -= slot.total
    }
  }

  #moveBack(now: number): void {
    const first = this.#slots.findIndex(({ start }) => start > now)
    const ahead = this.#slots.splice(first)
    const slot: Slot = { start: this.#startOf(now), total: 0, bySender: new Map() }
    for (const { total, bySender } of ahead) {
      slot.total += total
      for (const [sender, turns] of bySender)
        slot.bySender.set(sender, (slot.bySender.get(sender) ?? 0) + turns)
    }
    this.#slots.push(slot)
  }

  #startOf(at: number): number {
    return Math.floor(at / this.#slotMs) * this.#slotMs
  }

  get total(): number {
    return this.#total
  }

  /** How many senders caused any. */
  get senders(): number {
    const senders = new Set<string>()
    for (const { bySender } of this.#slots) for (const sender of bySender.keys()) senders.add(sender)
    return senders.size
  }

  /** The turns that a sender caused. */
  of(sender: string): number {
    return this.#slots.reduce((sum, { bySender }) => sum + (bySender.get(sender) ?? 0), 0)
  }

  /** When the oldest turns leave the window, as Unix time in milliseconds; undefined: there are none. */
  get freeAt(): number | undefined {
    const oldest = this.#slots[0]
    return oldest && this.#endOf(oldest)
  }

  #endOf({ start }: Slot): number {
    return start + this.#slotMs + this.#windowMs
  }
}
