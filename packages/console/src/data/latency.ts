import type { HttpClient } from '@moltnet/client'
import { Store } from './store.ts'

/** How often the way to the server is measured while the page is looked at, in milliseconds. */
const EVERY_MS = 15_000

/** How long the server takes to answer, in milliseconds; undefined: not known, or it does not answer. */
export class Latency {
  readonly value = new Store<number | undefined>(undefined)
  readonly #client: HttpClient

  constructor(client: HttpClient) {
    this.#client = client
  }

  /** Measures now and then. Gives what ends it. */
  start(): () => void {
    const measure = () => {
      if (document.visibilityState === 'visible') void this.#measure()
    }
    measure()
    const timer = setInterval(measure, EVERY_MS)
    return () => clearInterval(timer)
  }

  async #measure(): Promise<void> {
    const begun = performance.now()
    try {
      await this.#client.health()
      this.value.set(Math.max(1, Math.round(performance.now() - begun)))
    } catch {
      // That the server does not answer is what the stream's state says.
      this.value.set(undefined)
    }
  }
}
