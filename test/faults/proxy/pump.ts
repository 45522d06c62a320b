import type { Socket } from 'node:net'
import type { Line } from './proxy.ts'

/** Bytes of one direction that wait in the proxy before it stops reading: about what a socket buffer holds. */
const MOST_WAITING = 262_144

/** What all connections of a proxy pass through. */
export interface Path {
  line: Line
  /** Set while nothing passes; resolved when it does again. */
  frozen: PromiseWithResolvers<void> | undefined
}

/** `undefined` is the end, `Error` a connection that broke: both wait their turn behind the bytes. */
interface Item {
  readonly what: Buffer | Error | undefined
  readonly at: number
}

/** Passes one direction of a connection on. */
export class Pump {
  readonly #from: Socket
  readonly #to: Socket
  readonly #path: Path
  readonly #items: Item[] = []
  #waiting = 0
  #running = false
  #ended = false

  constructor(from: Socket, to: Socket, path: Path) {
    this.#from = from
    this.#to = to
    this.#path = path
  }

  start(): void {
    this.#from.on('data', (bytes: Buffer) => {
      this.#waiting += bytes.length
      if (this.#waiting > MOST_WAITING) this.#from.pause()
      this.#push(bytes)
    })
    this.#from.once('end', () => this.#push(undefined))
    this.#from.once('error', (error) => this.#push(error))
    this.#from.once('close', () => this.#push(new Error('closed')))
  }

  #push(what: Item['what']): void {
    if (this.#ended) return
    this.#ended = what instanceof Error
    this.#items.push({ what, at: performance.now() })
    if (this.#running) return
    this.#running = true
    void this.#run()
  }

  async #run(): Promise<void> {
    for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) {
      await this.#due(item.at)
      if (item.what === undefined) this.#to.end()
      else if (item.what instanceof Error) this.#to.destroy()
      else await this.#pass(item.what)
    }
    this.#running = false
  }

  /** Waits until what came at `at` may pass. */
  async #due(at: number): Promise<void> {
    const wait = at + (this.#path.line.latencyMs ?? 0) - performance.now()
    if (wait > 0) await Bun.sleep(wait)
    while (this.#path.frozen !== undefined) await this.#path.frozen.promise
  }

  async #pass(bytes: Buffer): Promise<void> {
    let rest = bytes
    while (rest.length > 0) {
      const { sliceBytes = rest.length, bytesPerSecond } = this.#path.line
      const piece = rest.subarray(0, sliceBytes)
      rest = rest.subarray(sliceBytes)
      if (bytesPerSecond !== undefined) await Bun.sleep((piece.length / bytesPerSecond) * 1_000)
      while (this.#path.frozen !== undefined) await this.#path.frozen.promise
      await this.#write(piece)
    }
    this.#waiting -= bytes.length
    if (this.#waiting <= MOST_WAITING) this.#from.resume()
  }

  async #write(piece: Buffer): Promise<void> {
    if (this.#to.destroyed || this.#to.writableEnded || this.#to.write(piece)) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#to.off('drain', done).off('close', done)
        resolve()
      }
      this.#to.on('drain', done).on('close', done)
    })
  }
}
