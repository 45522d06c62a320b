import { Broken } from '../expect.ts'

/** How long a check waits for something that must come, in milliseconds. */
export const DEFAULT_WAIT_MS = 5_000

/** Things that arrive over time, kept in order, to be asked for by what they are. */
export class Inbox<T> {
  readonly all: T[] = []
  #wake: () => void = () => {}
  #closed: string | undefined
  readonly #waitMs: number

  constructor(waitMs: number = DEFAULT_WAIT_MS) {
    this.#waitMs = waitMs
  }

  push(item: T): void {
    this.all.push(item)
    this.#wake()
  }

  close(reason: string): void {
    this.#closed ??= reason
    this.#wake()
  }

  get closed(): string | undefined {
    return this.#closed
  }

  /** The first item, past or coming, that `wanted` accepts; `waitMs` for what the contract gives a time of its own. */
  async find(wanted: (item: T) => boolean, what: string, waitMs: number = this.#waitMs): Promise<T> {
    const end = performance.now() + waitMs
    for (;;) {
      const found = this.all.find(wanted)
      if (found !== undefined) return found
      if (this.#closed !== undefined)
        throw new Broken(`${what}: the connection ended before (${this.#closed})`)
      if (!(await this.#changed(end)))
        throw new Broken(
          `${what}: nothing came in ${waitMs} ms; got ${JSON.stringify(this.all).slice(0, 500)}`,
        )
    }
  }

  /** Resolves when the connection has ended, with the reason. */
  async end(what: string): Promise<string> {
    const end = performance.now() + this.#waitMs
    while (this.#closed === undefined) {
      if (!(await this.#changed(end))) throw new Broken(`${what}: the connection stayed open`)
    }
    return this.#closed
  }

  #changed(deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), Math.max(0, deadline - performance.now()))
      this.#wake = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
  }
}
