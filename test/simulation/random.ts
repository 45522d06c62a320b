import { randomOf } from '../faults/harness/random.ts'

/** Chance that repeats, for one part of a world: parts do not depend on each other's pace. */
export class Random {
  readonly next: () => number

  constructor(seed: number, part: string) {
    this.next = randomOf(seed).fork(part).next
  }

  /** 32 bits. */
  bits(): number {
    return Math.floor(this.next() * 2 ** 32)
  }

  /** In [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from)
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to choose from')
    return list[Math.floor(this.next() * list.length)] as T
  }

  /** Some of a list, in its order, each with the same probability. */
  some<T>(list: readonly T[], probability: number): T[] {
    return list.filter(() => this.chance(probability))
  }
}
