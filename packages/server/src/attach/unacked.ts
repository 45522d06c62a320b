const FIRST_SLOTS = 16

/** Slots that an empty ring may keep; a larger one is given back to the memory. */
const KEPT_SLOTS = 64

/**
 * Positions of the frames that a socket has not ACKed yet, ascending, in a ring that grows as needed.
 * ACKs in order cost one step; an ACK out of order is found by halving.
 */
export class Unacked {
  /** A negative value is a position that was ACKed before the ones in front of it. */
  #ring: Float64Array | undefined
  #first = 0
  #used = 0
  #open = 0

  /** How many are un-ACKed. */
  get size(): number {
    return this.#open
  }

  /** Notes a frame; its position must be higher than all before. */
  push(position: number): void {
    const ring = this.#roomForOne()
    ring[(this.#first + this.#used) % ring.length] = position
    this.#used += 1
    this.#open += 1
  }

  /** Takes an ACK; false when no such frame is un-ACKed. */
  ack(position: number): boolean {
    const ring = this.#ring
    if (ring === undefined) return false
    const at = this.#find(ring, position)
    if (at === undefined) return false
    ring[at] = -position
    this.#open -= 1
    while (this.#used > 0 && (ring[this.#first] as number) < 0) {
      this.#first = (this.#first + 1) % ring.length
      this.#used -= 1
    }
    if (this.#used === 0 && ring.length > KEPT_SLOTS) this.#ring = undefined
    return true
  }

  /** The slot of an un-ACKed position. */
  #find(ring: Float64Array, position: number): number | undefined {
    let low = 0
    let high = this.#used - 1
    while (low <= high) {
      // The first one is by far the most likely.
      const middle = low === 0 && ring[this.#first] === position ? 0 : (low + high) >> 1
      const slot = (this.#first + middle) % ring.length
      const value = ring[slot] as number
      const found = Math.abs(value)
      if (found === position) return value > 0 ? slot : undefined
      if (found < position) low = middle + 1
      else high = middle - 1
    }
    return undefined
  }

  #roomForOne(): Float64Array {
    const ring = this.#ring
    if (ring === undefined) {
      this.#first = 0
      this.#ring = new Float64Array(FIRST_SLOTS)
      return this.#ring
    }
    if (this.#used < ring.length) return ring
    const larger = new Float64Array(ring.length * 2)
    for (let at = 0; at < this.#used; at++) larger[at] = ring[(this.#first + at) % ring.length] as number
    this.#first = 0
    this.#ring = larger
    return larger
  }
}
