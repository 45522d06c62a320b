import type { CompiledSubscription } from '@moltnet/protocol'
import type { Principal } from '../domain/principal.ts'
import type { ConsumerChange, StoredConsumer, StoredWake } from '../store/consumer-port.ts'
import { bindingRoom } from './bindings.ts'
import type { Envelope } from './envelope.ts'
import type { Fanout } from './fanout.ts'
import { DELIVERY_LIMITS } from './limits.ts'
import { type FrameSink, LogSubscriber } from './log-subscriber.ts'
import { wakeOf } from './subscribed.ts'
import { rowOf } from './wake-rows.ts'
import { journalAfter, newJournal } from './wake-journal.ts'
import { NEW_WAKE, wakeTransition } from './wake-machine.ts'
import { tell, type WakeNotice, type WakeTeller } from './wake-notices.ts'

/** What a watch works with. */
export interface ApprovalWatchOptions {
  readonly fanout: Fanout
  readonly networkId: string
  readonly consumer: StoredConsumer
  readonly teller: WakeTeller
  /** The bindings that ask for approval, and no others. */
  readonly subscription: CompiledSubscription
  /** Who the agent is when it is not there to say so. */
  readonly principal: Principal
  /** Open wakes that the consumer has already. */
  readonly open: number
  changed(watch: ApprovalWatch): void
  onFailure(error: unknown): void
  now(): number
}

/** Sends nothing. */
const NOWHERE: FrameSink = { writable: true, send: () => {}, batch: (work) => work() }

/**
 * Scans the conversations of an agent that is away for messages that an operator has to approve, so that
 * they can be decided about before it is back. Only adds held wakes; the position is its own, because the
 * consumer's scan waits for the agent.
 */
export class ApprovalWatch extends LogSubscriber {
  readonly principal: Principal
  readonly attachedAs: string
  readonly #options: ApprovalWatchOptions
  readonly #from: ReadonlyMap<string | null, number>
  #found: StoredWake[] = []
  #open: number

  constructor(options: ApprovalWatchOptions) {
    super(options.fanout)
    const { consumer, principal, open } = options
    this.#options = options
    this.principal = principal
    this.attachedAs = consumer.agentId
    this.#from = new Map(consumer.bindings.map(({ room, from }) => [room, from]))
    this.#open = open
    this.place(Math.max(consumer.scan, consumer.approvalScan ?? 0))
  }

  /** What to save. Counts as saved from now on. */
  takeChange(): { readonly change: ConsumerChange; readonly events: readonly WakeNotice[] } {
    const wakes = this.#found
    this.#found = []
    const { consumer, teller } = this.#options
    const { actorUid } = consumer
    const events = wakes.flatMap((wake) => tell(teller, wake))
    return { change: { actorUid, approvalScan: this.position, wakes }, events }
  }

  saved(): void {
    // Nothing waits for it.
  }

  /** It can neither read nor save any more. */
  fail(error: unknown): void {
    this.close()
    this.#options.onFailure(error)
  }

  protected get sink(): FrameSink {
    return NOWHERE
  }

  protected get ready(): boolean {
    return this.#open < DELIVERY_LIMITS.openWakes
  }

  protected take(envelope: Envelope): boolean {
    if (!this.ready) return false
    const { position, message } = envelope.entry
    if (message === undefined) return true
    const { subscription, networkId, now } = this.#options
    if (position <= (this.#from.get(bindingRoom(message.target)) ?? 0)) return true
    const met = wakeOf(envelope, { subscription, networkId, agentId: this.attachedAs })
    if (met === undefined) return true
    this.#found.push(heldRow(met.facts, now()))
    this.#open += 1
    return true
  }

  protected settle(): void {
    if (this.#found.length > 0) this.#options.changed(this)
  }

  protected tellGap(): boolean {
    // Retention does not pass the scan of a consumer, and its end is the end of this.
    return true
  }
}

function heldRow(facts: Parameters<typeof rowOf>[0]['facts'], now: number): StoredWake {
  const hold = { type: 'hold' } as const
  const status = wakeTransition(NEW_WAKE, hold, { maxAttempts: 1, now })
  if (typeof status === 'string') throw new Error('a new wake can be held')
  const fresh = newJournal(facts.createdAt, now)
  const note = { reason: 'approval' }
  const journal = journalAfter(fresh, hold, { before: NEW_WAKE, after: status, now, note })
  return rowOf({ facts, status, journal }, now)
}
