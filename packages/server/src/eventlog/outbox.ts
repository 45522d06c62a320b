import { getLogger } from '@logtape/logtape'
import type { SocketDelivery } from '../store/consumer-port.ts'
import type { Store } from '../store/port.ts'
import { appendNotices, type WakeNotice } from './wake-notices.ts'

const logger = getLogger(['moltnet', 'outbox'])

/** What became of a targeted message on a v1 socket, with the event about it if it is the end of it. */
export interface OutboxLine {
  readonly delivery: SocketDelivery
  readonly draft?: WakeNotice['draft']
}

/** Notes what became of targeted messages on v1 sockets: all of one turn of the loop at once. */
export class Outbox {
  readonly #store: Store
  #lines: OutboxLine[] = []
  #scheduled = false
  #writes = new Set<Promise<void>>()

  constructor(store: Store) {
    this.#store = store
  }

  add(line: OutboxLine): void {
    this.#lines.push(line)
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
    const lines = this.#lines
    this.#lines = []
    this.#scheduled = false
    try {
      await this.#store.transact(async (tx) => {
        for (const { delivery, draft } of lines) {
          await tx.putSocketDelivery(delivery)
          const { actorUid, position } = delivery
          if (draft !== undefined) await appendNotices(tx, actorUid, [{ position, draft }])
        }
      })
    } catch (error) {
      logger.error('cannot note {count} deliveries: {error}', { count: lines.length, error })
    }
  }
}
