import { getLogger } from '@logtape/logtape'
import type { EventDraft, Store } from '../store/port.ts'

const logger = getLogger(['moltnet', 'outbox'])

/** Appends events that are about nothing else that is stored: all of one turn of the loop at once. */
export class Outbox {
  readonly #store: Store
  #drafts: EventDraft[] = []
  #writes = new Set<Promise<void>>()

  constructor(store: Store) {
    this.#store = store
  }

  add(draft: EventDraft): void {
    this.#drafts.push(draft)
    if (this.#drafts.length > 1) return
    const write = new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#write())
    this.#writes.add(write)
    void write.then(() => this.#writes.delete(write))
  }

  /** Resolves when everything that was added is in the log, or given up. */
  async settled(): Promise<void> {
    while (this.#writes.size > 0) await Promise.all(this.#writes)
  }

  async #write(): Promise<void> {
    const drafts = this.#drafts
    this.#drafts = []
    try {
      await this.#store.transact(async (tx) => {
        for (const draft of drafts) await tx.append(draft)
      })
    } catch (error) {
      logger.error('cannot append {count} events: {error}', { count: drafts.length, error })
    }
  }
}
