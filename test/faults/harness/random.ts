/** Chance that follows from a seed: the same seed makes the same choices again. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number
  pick<T>(items: readonly T[]): T
  /** A source of its own for a part of the run, so that parts do not depend on each other's pace. */
  fork(name: string): Random
}

/** Makes the source of a seed (mulberry32: 32 bits of state, even enough for choices). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number): number => Math.floor(next() * end)
  return {
    next,
    below,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      return items[below(items.length)] as (typeof items)[number]
    },
    fork: (name) => randomOf(Bun.hash.crc32(name, seed)),
  }
}
