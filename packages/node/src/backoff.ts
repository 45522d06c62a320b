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

/**
 * Waits, at most until `signal` fires. Never throws. With `ref: false` it does not keep the process alive.
 * The timer is the platform's global one, which a simulation replaces.
 */
export function pause(
  ms: number,
  signal?: AbortSignal,
  options: { ref: boolean } = { ref: true },
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (!options.ref) timer.unref()
    signal?.addEventListener('abort', end, { once: true })
  })
}
