/** Fires when nothing happened for a time. `touch` is cheap: it moves no timer. */
export class IdleTimer {
  readonly #onIdle: () => void
  #limitMs = 0
  #touchedAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle
  }

  start(limitMs: number): void {
    this.stop()
    this.#limitMs = limitMs
    this.touch()
    this.#arm(limitMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Something happened. */
  touch(): void {
    this.#touchedAt = performance.now()
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#check(ms === 0), Math.ceil(ms))
  }

  /** After a blocked event loop timers fire before waiting input is read; so look twice, a turn apart. */
  #check(secondLook: boolean): void {
    const left = this.#limitMs - (performance.now() - this.#touchedAt)
    if (left > 0) return this.#arm(left)
    if (!secondLook) return this.#arm(0)
    // Armed before the call, which may stop it.
    this.#touchedAt = performance.now()
    this.#arm(this.#limitMs)
    this.#onIdle()
  }
}
