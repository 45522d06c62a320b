/**
 * The heights of a list's rows, and where each row stands: sums over any number of rows in logarithmic time, so
 * that a list of 100,000 rows costs a frame no more than one of 100 (a Fenwick tree). Heights are in CSS pixels.
 */
export class Heights {
  #count = 0
  #heights = new Float64Array(64)
  /** `#sums[i]` is the sum of the `i & -i` rows before row `i`. */
  #sums = new Float64Array(65)

  get count(): number {
    return this.#count
  }

  /** Height of all rows. */
  get total(): number {
    return this.top(this.#count)
  }

  of(row: number): number {
    return this.#heights[row] ?? 0
  }

  /** Where a row begins: the sum of the heights before it. */
  top(row: number): number {
    let sum = 0
    for (let at = row; at > 0; at -= at & -at) sum += this.#sums[at] as number
    return sum
  }

  /** The row at a position; the first or last one for a position outside. */
  at(position: number): number {
    let row = 0
    let left = position
    for (let step = highestBit(this.#count); step > 0; step >>= 1) {
      const next = row + step
      if (next > this.#count || (this.#sums[next] as number) > left) continue
      row = next
      left -= this.#sums[next] as number
    }
    return Math.max(0, Math.min(row, this.#count - 1))
  }

  set(row: number, height: number): void {
    const change = height - this.of(row)
    if (change === 0) return
    this.#heights[row] = height
    for (let at = row + 1; at <= this.#count; at += at & -at) {
      this.#sums[at] = (this.#sums[at] as number) + change
    }
  }

  push(height: number): void {
    const at = this.#count + 1
    if (at >= this.#sums.length) this.#grow()
    this.#heights[this.#count] = height
    this.#sums[at] = this.top(this.#count) - this.top(at - (at & -at)) + height
    this.#count = at
  }

  /** Forgets the rows from this one on. */
  truncate(count: number): void {
    this.#count = Math.min(this.#count, count)
  }

  #grow(): void {
    const heights = new Float64Array(this.#heights.length * 2)
    const sums = new Float64Array(heights.length + 1)
    heights.set(this.#heights)
    sums.set(this.#sums)
    this.#heights = heights
    this.#sums = sums
  }
}

function highestBit(value: number): number {
  return value === 0 ? 0 : 1 << (31 - Math.clz32(value))
}
