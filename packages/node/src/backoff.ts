import { setTimeout as delay } from 'node:timers/promises'

/** Waits that double from `firstMs` to `maxMs`, each ±20 % so that many nodes do not return in one wave. */
export class Backoff {
  readonly #firstMs: number
  readonly #maxMs: number
  readonly #random: () => number
  #failures = 0

  constructor(firstMs: number, maxMs: number, random: () => number = Math.random) {
    this.#firstMs = firstMs
    this.#maxMs = maxMs
    this.#random = random
  }

  /** The next wait in milliseconds. */
  next(): number {
    const wait = Math.min(this.#firstMs * 2 ** Math.min(this.#failures, 30), this.#maxMs)
    this.#failures += 1
    return Math.round(wait * (0.8 + this.#random() * 0.4))
  }

  reset(): void {
    this.#failures = 0
  }
}

/** Waits, at most until `signal` fires. Never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}
