import { formatTime, parseTime } from '@moltnet/protocol'

const NS_PER_S = 1_000_000_000n

/** Gives instants as text, each at least 1 ns after the last one, whatever the system's clock does. */
export class InstantClock {
  readonly #read: () => bigint
  #last: bigint
  /** The second that `#prefix` is the text of: formatting a date is much dearer than a fraction. */
  #second = -1n
  #prefix = ''

  constructor(read: () => bigint, last: string | undefined) {
    this.#read = read
    this.#last = (last ? parseTime(last) : undefined) ?? 0n
  }

  next(): string {
    const now = this.#read()
    this.#last = now > this.#last ? now : this.#last + 1n
    const second = this.#last / NS_PER_S
    if (second !== this.#second) {
      this.#second = second
      this.#prefix = formatTime(second * NS_PER_S).slice(0, 20)
    }
    return `${this.#prefix}${(this.#last - second * NS_PER_S).toString().padStart(9, '0')}Z`
  }
}

/** The system's wall clock in nanoseconds, as fine as it is. */
export function systemClock(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
