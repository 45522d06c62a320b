import { getLogger } from '@logtape/logtape'
import type { SocketDelivery } from '../store/consumer-port.ts'
import type { EventDraft, Store } from '../store/port.ts'

const logger = getLogger(['moltnet', 'outbox'])

/**
 * Appends events that are about nothing else that is stored, and notes what became of targeted messages on
 * v1 sockets: all of one turn of the loop at once.
 */
export class Outbox {
  readonly #store: Store
  #drafts: EventDraft[] = []
  #deliveries: SocketDelivery[] = []
  #scheduled = false
  #writes = new Set<Promise<void>>()

  constructor(store: Store) {
    this.#store = store
  }

  add(draft: EventDraft): void {
    this.#drafts.push(draft)
    this.#schedule()
  }

  /** A line for the ledger. */
  note(delivery: SocketDelivery): void {
    this.#deliveries.push(delivery)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const write = new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#write())
    this.#writes.add(write)
    void write.then(() => this.#writes.delete(write))
  }

  /** Resolves when what was added up to now is stored, or given up. */
  async flushed(): Promise<void> {
    await Promise.all(this.#writes)
  }

  /** Resolves when nothing is left to store. */
  async settled(): Promise<void> {
    while (this.#writes.size > 0) await Promise.all(this.#writes)
  }

  async #write(): Promise<void> {
    const drafts = this.#drafts
    const deliveries = this.#deliveries
    this.#drafts = []
    this.#deliveries = []
    this.#scheduled = false
    try {
      await this.#store.transact(async (tx) => {
        for (const delivery of deliveries) await tx.putSocketDelivery(delivery)
        for (const draft of drafts) await tx.append(draft)
      })
    } catch (error) {
      const count = drafts.length + deliveries.length
      logger.error('cannot append {count} events: {error}', { count, error })
    }
  }
}
