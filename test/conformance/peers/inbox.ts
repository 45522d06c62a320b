import { Broken } from '../expect.ts'

/** How long a check waits for something that must come, in milliseconds. */
const WAIT_MS = 5_000

/** Things that arrive over time, kept in order, to be asked for by what they are. */
export class Inbox<T> {
  readonly all: T[] = []
  #wake: () => void = () => {}
  #closed: string | undefined

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

  /** The first item, past or coming, that `wanted` accepts. */
  async find(wanted: (item: T) => boolean, what: string): Promise<T> {
    const end = performance.now() + WAIT_MS
    for (;;) {
      const found = this.all.find(wanted)
      if (found !== undefined) return found
      if (this.#closed !== undefined)
        throw new Broken(`${what}: the connection ended before (${this.#closed})`)
      if (!(await this.#changed(end)))
        throw new Broken(
          `${what}: nothing came in ${WAIT_MS} ms; got ${JSON.stringify(this.all).slice(0, 500)}`,
        )
    }
  }

  /** Resolves when the connection has ended, with the reason. */
  async end(what: string): Promise<string> {
    const end = performance.now() + WAIT_MS
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
