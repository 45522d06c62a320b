import { formatTime, parseTime } from '@moltnet/protocol'

const NS_PER_S = 1_000_000_000
const NS_PER_MS = 1_000_000

/** Gives instants as text, each at least 1 ns after the last one, whatever the system's clock does. */
export class InstantClock {
  readonly #read: (() => bigint) | undefined
  /** The last instant: whole seconds since 1970, and nanoseconds of that second. */
  #second = 0
  #nanos = 0
  /** The text of that second up to the fraction: formatting a date is much dearer than a number. */
  #prefix = ''

  /** `read` is the wall clock in nanoseconds since 1970, the system's by default. */
  constructor(read: (() => bigint) | undefined, last: string | undefined) {
    this.#read = read
    const ns = (last ? parseTime(last) : undefined) ?? 0n
    this.#set(Number(ns / BigInt(NS_PER_S)), Number(ns % BigInt(NS_PER_S)))
  }

  next(): string {
    if (this.#read === undefined) {
      const ms = Date.now()
      const second = Math.floor(ms / 1_000)
      this.#advance(second, (ms - second * 1_000) * NS_PER_MS)
    } else {
      const ns = this.#read()
      this.#advance(Number(ns / BigInt(NS_PER_S)), Number(ns % BigInt(NS_PER_S)))
    }
    // A leading 1 keeps the zeros of the fraction.
    return `${this.#prefix}${String(NS_PER_S + this.#nanos).slice(1)}Z`
  }

  /** Moves to the given instant when it is later, else on by 1 ns. */
  #advance(second: number, nanos: number): void {
    if (second > this.#second || (second === this.#second && nanos > this.#nanos)) this.#set(second, nanos)
    else if (this.#nanos + 1 < NS_PER_S) this.#nanos += 1
    else this.#set(this.#second + 1, 0)
  }

  #set(second: number, nanos: number): void {
    if (second !== this.#second || this.#prefix === '') {
      this.#prefix = formatTime(BigInt(second) * BigInt(NS_PER_S)).slice(0, 20)
    }
    this.#second = second
    this.#nanos = nanos
  }
}
