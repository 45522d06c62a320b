import type { HttpClient } from '@moltnet/client'
import type { AgentEventPayload, Delivery, DeliveryState } from '@moltnet/protocol'
import type { Lookup } from '../messages/lookup.ts'
import { KeyedListeners } from './keyed-listeners.ts'

/** Bounds of asking for what became of messages. */
const LEDGER_LIMITS = {
  /** A message has to be on screen this long before it is asked for, so that scrolling asks for nothing. */
  dwellMs: 150,
  /** Shortest time between two questions about one message. */
  againMs: 2_500,
  /** Questions at a time. */
  atOnce: 4,
  /** Messages remembered; those unused longest go first. */
  messages: 4_000,
} as const

/** States that can still change by themselves. */
const UNFINISHED: ReadonlySet<DeliveryState> = new Set([
  'stored',
  'pending',
  'held',
  'sent',
  'turn_started',
  'failed',
])

/**
 * What became of the messages that are on screen, for each agent. Asked for once per message, changed by the
 * events of the stream, and looked at again now and then while a wake of it is still under way: not every
 * step of a wake has an event.
 */
export class Ledger implements Lookup<readonly Delivery[]> {
  readonly #client: Pick<HttpClient, 'listDeliveries'>
  readonly #known = new Map<string, { deliveries: readonly Delivery[]; askedAt: number }>()
  readonly #listeners = new KeyedListeners()
  readonly #queue = new Set<string>()
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()
  #running = 0

  constructor(client: Pick<HttpClient, 'listDeliveries'>) {
    this.#client = client
  }

  get(messageId: string): readonly Delivery[] | undefined {
    return this.#known.get(messageId)?.deliveries
  }

  subscribe(messageId: string, listener: () => void): () => void {
    const remove = this.#listeners.add(messageId, listener)
    this.#askSoon(messageId, LEDGER_LIMITS.dwellMs)
    return () => {
      remove()
      if (this.#listeners.has(messageId)) return
      clearTimeout(this.#timers.get(messageId))
      this.#timers.delete(messageId)
      this.#queue.delete(messageId)
    }
  }

  /** An event said something about a wake: its state changes at once, the rest follows. */
  apply({ message_id: messageId, agent_id: agentId, state, reason, error }: AgentEventPayload): void {
    if (messageId === undefined) return
    const entry = this.#known.get(messageId)
    if (entry !== undefined && state !== undefined) {
      const deliveries = entry.deliveries.map((delivery) =>
        delivery.agent_id === agentId ? { ...delivery, state, reason, error } : delivery,
      )
      this.#remember(messageId, deliveries, entry.askedAt)
    }
    this.#stale(messageId)
  }

  /** What the server answered about one delivery, after the viewer acted on it. */
  set(delivery: Delivery): void {
    const entry = this.#known.get(delivery.message_id)
    if (entry === undefined) return
    const others = entry.deliveries.map((known) => (known.agent_id === delivery.agent_id ? delivery : known))
    this.#remember(delivery.message_id, others, entry.askedAt)
  }

  /** Events were missed: everything on screen is asked for again. */
  forget(): void {
    const shown = this.#listeners.ids()
    this.#known.clear()
    for (const id of shown) this.#askSoon(id, LEDGER_LIMITS.dwellMs)
  }

  #stale(messageId: string): void {
    const entry = this.#known.get(messageId)
    if (!this.#listeners.has(messageId)) this.#known.delete(messageId)
    else {
      const sinceMs = performance.now() - (entry?.askedAt ?? -Infinity)
      this.#askSoon(messageId, Math.max(LEDGER_LIMITS.dwellMs, LEDGER_LIMITS.againMs - sinceMs), true)
    }
  }

  #askSoon(messageId: string, waitMs: number, again = false): void {
    if (this.#timers.has(messageId) || (this.#known.has(messageId) && !again)) return
    const timer = setTimeout(() => {
      this.#timers.delete(messageId)
      this.#queue.add(messageId)
      this.#work()
    }, waitMs)
    this.#timers.set(messageId, timer)
  }

  #work(): void {
    for (const messageId of this.#queue) {
      if (this.#running >= LEDGER_LIMITS.atOnce) return
      this.#queue.delete(messageId)
      this.#running += 1
      void this.#ask(messageId).finally(() => {
        this.#running -= 1
        this.#work()
      })
    }
  }

  async #ask(messageId: string): Promise<void> {
    try {
      const { deliveries } = await this.#client.listDeliveries(messageId, { limit: 500 })
      this.#remember(messageId, deliveries, performance.now())
      const isUnderWay = deliveries.some(({ state }) => UNFINISHED.has(state))
      if (isUnderWay && this.#listeners.has(messageId)) {
        this.#askSoon(messageId, LEDGER_LIMITS.againMs, true)
      }
    } catch {
      // A message without badges: it is asked for again when it comes on screen again.
    }
  }

  #remember(messageId: string, deliveries: readonly Delivery[], askedAt: number): void {
    this.#known.delete(messageId)
    this.#known.set(messageId, { deliveries, askedAt })
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= LEDGER_LIMITS.messages) break
      this.#known.delete(oldest)
    }
    this.#listeners.notify(messageId)
  }
}
