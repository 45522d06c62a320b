/** Waking up this much later than planned means that the loop was held up, in milliseconds. */
const LATE_MS = 1_000

/** What happens at a tick. `lateMs`: how long the program could not look at anything; 0 most of the time. */
export type TickListener = (now: number, lateMs: number) => void

/** One timer for all sockets, streams and consumers, and a clock that is read without a system call. */
export class Ticker {
  /** Monotonic time of the last tick, in milliseconds. */
  now = performance.now()
  readonly #intervalMs: number
  readonly #listeners: TickListener[] = []
  #timer: Timer | undefined

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  onTick(listener: TickListener): void {
    this.#listeners.push(listener)
  }

  start(): void {
    this.now = performance.now()
    this.#timer ??= setInterval(() => this.#tick(), this.#intervalMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    const before = this.now
    this.now = performance.now()
    const late = this.now - before - this.#intervalMs
    const lateMs = late >= LATE_MS ? late : 0
    for (const listener of this.#listeners) listener(this.now, lateMs)
  }
}
