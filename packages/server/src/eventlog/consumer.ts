import { CONSUMER_LIMITS, evaluateWake } from '@moltnet/protocol'
import type { CompiledSubscription, NackReason } from '@moltnet/protocol'
import type { DeliveryConfig } from '@moltnet/config'
import type { Principal } from '../domain/principal.ts'
import type { ConsumerChange, StoredWake, StoredWakeState } from '../store/consumer-port.ts'
import type { EventDraft } from '../store/port.ts'
import type { AgentEvents, NamedAgent } from './agent-events.ts'
import { positionOfCursor } from './cursor.ts'
import type { Envelope } from './envelope.ts'
import type { Fanout } from './fanout.ts'
import type { Gaps } from './gaps.ts'
import { DELIVERY_LIMITS } from './limits.ts'
import { type FrameSink, LogSubscriber } from './log-subscriber.ts'
import type { WakeEntries } from './wake-entries.ts'
import { type Wake, type WakeFacts, WakeLanes } from './wake-lanes.ts'
import { isEnded, NEW_WAKE, type WakeEvent, type WakeStatus, wakeTransition } from './wake-machine.ts'

/** What all consumers share. */
export interface ConsumerContext {
  readonly fanout: Fanout
  readonly gaps: Gaps
  readonly entries: WakeEntries
  readonly events: AgentEvents
  readonly delivery: DeliveryConfig
  readonly networkId: string
  readonly epoch: string
  readonly stats: { redeliveries: number }
  /** Something must be saved before this turn's answer counts. */
  changed(consumer: Consumer): void
  now(): number
}

/** One consumer as it is attached. */
export interface ConsumerOptions {
  readonly actorUid: string
  readonly agent: NamedAgent
  readonly principal: Principal
  readonly subscription: CompiledSubscription
  /** Log position from which a binding counts, by room (null: direct messages). */
  readonly from: ReadonlyMap<string | null, number>
  readonly window: number
  readonly scan: number
  readonly wakes: readonly StoredWake[]
  readonly sink: FrameSink
  /** The socket must be given up: the store or this program has a fault. */
  onFailure(error: unknown): void
}

/** What a consumer's node says about a wake. */
export type WakeReport =
  | { readonly type: 'ack' }
  | { readonly type: 'turn_started' }
  | { readonly type: 'turn_ended' }
  | {
      readonly type: 'nack'
      readonly reason: NackReason
      readonly error: string | undefined
      readonly retryAfterMs: number | undefined
    }

/**
 * A durable consumer while its socket is open. It scans the log once, makes a wake of each message that
 * its subscription takes, and sends them within the window. Its position as a subscriber is its scan
 * position. What the store knows may lag behind: the saved scan position never passes a wake that is
 * neither saved as open nor ended, so after a crash at worst a wake is met and sent again.
 */
export class Consumer extends LogSubscriber {
  readonly actorUid: string
  readonly principal: Principal
  readonly attachedAs: string
  readonly #options: ConsumerOptions
  readonly #context: ConsumerContext
  readonly #lanes: WakeLanes
  /** Open wakes by position. */
  readonly #wakes = new Map<number, Wake>()
  readonly #backoff = new Set<Wake>()
  /** Wakes that the store does not know as they are now. */
  readonly #unsaved = new Set<Wake>()
  /** Wakes that are done and still have a row. */
  #done: number[] = []
  #events: EventDraft[] = []
  #savedScan: number
  #savedAt: number
  /** Positions after the scan that are ACKed already. */
  readonly #ackedAhead = new Set<number>()
  #begun = false
  #loading = false
  #gapsSent: Set<string> | undefined

  constructor(context: ConsumerContext, options: ConsumerOptions) {
    super(context.fanout)
    this.#context = context
    this.#options = options
    this.actorUid = options.actorUid
    this.principal = options.principal
    this.attachedAs = options.agent.agentId
    this.#lanes = new WakeLanes(options.window)
    this.#savedScan = options.scan
    this.#savedAt = context.now()
    for (const stored of options.wakes) this.#restore(stored)
    this.place(options.scan)
  }

  /** Wakes that wait to be sent or ACKed. */
  get pending(): number {
    return this.#wakes.size
  }

  /** Starts sending. Call after READY was sent. */
  begin(): void {
    this.#begun = true
    this.sink.batch(() => this.#pump())
    this.join()
  }

  /** Takes what the node says about a wake; false when it cannot know this cursor. */
  report(cursor: string, report: WakeReport): boolean {
    const position = positionOfCursor(cursor, this.#context.epoch)
    if (position === undefined) return report.type === 'ack' && (this.#gapsSent?.has(cursor) ?? false)
    const wake = this.#wakes.get(position)
    // A wake that ended meanwhile, on this socket or an earlier one, or a notice.
    if (wake === undefined) return position <= this.position || this.#ackAhead(position, report)
    if (this.#apply(wake, report) === 'invalid') return false
    this.#pump()
    if (!this.live) this.resume()
    return true
  }

  /** The socket takes frames again. */
  writable(): void {
    this.sink.batch(() => this.#pump())
    if (!this.live) this.resume()
  }

  /** Moves on what waits for time. */
  tick(now: number): void {
    let due = false
    for (const wake of this.#backoff) {
      if (wake.status.dueAt > now) continue
      this.#apply(wake, { type: 'due' })
      due = true
    }
    if (due) this.#pump()
    const moved = this.#unsaved.size > 0 || this.position !== this.#savedScan
    const wait = moved ? DELIVERY_LIMITS.scanSaveMs : DELIVERY_LIMITS.contactSaveMs
    if (now - this.#savedAt >= wait) this.#context.changed(this)
  }

  /** Ends it; what was on the socket waits again. Call once, then save it. */
  end(how: 'socket_lost' | 'server_lost'): void {
    this.close()
    this.#begun = false
    for (const wake of this.#wakes.values()) this.#apply(wake, { type: how })
    this.#context.changed(this)
  }

  /** The socket must be given up. */
  failed(error: unknown): void {
    this.#options.onFailure(error)
  }

  /** What to save, with the events about it. Counts as saved from now on. */
  takeChange(): { readonly change: ConsumerChange; readonly events: readonly EventDraft[] } {
    const now = this.#context.now()
    const scan = this.position
    const wakes = Array.from(this.#unsaved, (wake) => rowOf(wake, now))
    for (const wake of this.#unsaved) wake.stored = true
    const change = { actorUid: this.actorUid, scan, contactAt: now, wakes, done: this.#done }
    const events = this.#events
    this.#unsaved.clear()
    this.#done = []
    this.#events = []
    this.#savedScan = scan
    this.#savedAt = now
    return { change, events }
  }

  protected get sink(): FrameSink {
    return this.#options.sink
  }

  protected get ready(): boolean {
    return this.#wakes.size < DELIVERY_LIMITS.openWakes && (!this.#begun || this.sink.writable)
  }

  protected take(envelope: Envelope): boolean {
    if (!this.ready) return false
    const { type, scope } = envelope.entry
    if (type === 'message.created') this.#meet(envelope)
    else if (type === 'room.removed' || type === 'room.members.updated') {
      if (scope.kind !== 'room' || !this.#isBound(scope.roomId, envelope.entry.position)) return true
      if (!this.#begun) return false
      this.sink.send(envelope.frame)
    }
    return true
  }

  protected settle(): void {
    this.#pump()
  }

  protected tellGap(position: number, oldest: number): boolean {
    if (!this.#begun || !this.sink.writable) return false
    const gap = this.#context.gaps.behind(position, oldest)
    this.#gapsSent ??= new Set()
    this.#gapsSent.add(gap.id)
    this.sink.send(this.fanout.envelopes.frameOf(gap))
    return true
  }

  protected fail(error: unknown): void {
    this.failed(error)
  }

  /** An ACK of an event that was sent before a crash and that the scan has not met again. */
  #ackAhead(position: number, report: WakeReport): boolean {
    const ahead = this.#ackedAhead
    if (report.type !== 'ack' || position > this.fanout.log.head) return false
    if (ahead.size >= CONSUMER_LIMITS.windowMax) return false
    ahead.add(position)
    return true
  }

  #isBound(room: string | null, position: number): boolean {
    const { rooms, dms } = this.#options.subscription
    const binding = room === null ? dms : rooms.get(room)
    return binding !== undefined && binding.wake !== 'never' && position > (this.#options.from.get(room) ?? 0)
  }

  /** The scan met a message. */
  #meet(envelope: Envelope): void {
    const { position, message } = envelope.entry
    if (message === undefined) return
    const { target } = message
    const room = target.kind === 'dm' ? null : target.room_id
    if (!this.#isBound(room, position)) return
    const { subscription, agent } = this.#options
    // Spares most messages of a big room the whole rule.
    const mentionsOnly = room !== null && subscription.rooms.get(room)?.wake === 'mentions'
    if (mentionsOnly && !envelope.mayTarget(agent.agentId)) return
    const { networkId } = this.#context
    const decision = evaluateWake({ subscription, networkId, agentId: agent.agentId, message })
    if (!decision.wake) return
    const { reason: cause, targeted } = decision
    const { createdAt } = envelope
    const facts: WakeFacts = { position, messageId: message.id, target, cause, targeted, createdAt }
    const wake: Wake = { facts, status: NEW_WAKE, stored: false }
    this.#wakes.set(position, wake)
    this.#unsaved.add(wake)
    this.#lanes.add(wake)
    if (this.#ackedAhead.delete(position)) this.#apply(wake, { type: 'ack' })
  }

  /** A wake of an earlier attachment. */
  #restore(stored: StoredWake): void {
    const { position, target, state, attempts, retries, sends, dueAt, error } = stored
    const status: WakeStatus = { state, attempts, retries, sends, dueAt, error, turnStarted: false }
    const wake: Wake = { facts: stored, status, stored: true }
    this.#wakes.set(position, wake)
    this.#lanes.add(wake)
    if (state === 'backoff') this.#backoff.add(wake)
    // Its socket was lost together with the server.
    if (state === 'sent') this.#apply(wake, { type: 'server_lost' })
    const room = target.kind === 'dm' ? null : target.room_id
    if (!this.#isBound(room, position)) this.#apply(wake, { type: 'unsubscribe' })
  }

  /** Sends what may be sent. */
  #pump(): void {
    while (this.#begun && !this.#loading && this.sink.writable) {
      const wake = this.#lanes.next()
      if (wake === undefined) return
      this.#offer(wake)
    }
  }

  #offer(wake: Wake): void {
    const { delivery, entries, fanout, now, stats } = this.#context
    const limit = wake.facts.targeted ? delivery.expireTargetedMs : delivery.expireOtherMs
    if (now() - wake.facts.createdAt > limit) {
      this.#apply(wake, { type: 'expire' })
      return
    }
    const entry = entries.at(wake.facts.position)
    if (entry === undefined) {
      this.#load(wake)
      return
    }
    if (!fanout.audience.sees(this, entry)) {
      this.#apply(wake, { type: 'withdraw', error: 'the agent may no longer read this conversation' })
      return
    }
    const redelivered = wake.status.sends > 0
    if (redelivered) stats.redeliveries += 1
    const frame = fanout.envelopes.of(entry).wakeFrame(wake.status.attempts + 1, redelivered)
    this.#apply(wake, { type: 'send' })
    this.sink.send(frame)
  }

  #load(wake: Wake): void {
    this.#loading = true
    this.#context.entries.load(wake.facts).then(
      (found) => {
        this.#loading = false
        if (this.closed) return
        if (!found) this.#apply(wake, { type: 'withdraw', error: 'the message is no longer stored' })
        this.sink.batch(() => this.#pump())
      },
      (error: unknown) => {
        this.#loading = false
        if (!this.closed) this.failed(error)
      },
    )
  }

  #apply(wake: Wake, event: WakeEvent): WakeStatus | 'ignored' | 'invalid' {
    const { maxAttempts } = this.#context.delivery
    const outcome = wakeTransition(wake.status, event, { maxAttempts, now: this.#context.now() })
    if (typeof outcome === 'string' || outcome === wake.status) return outcome
    const before = wake.status.state
    wake.status = outcome
    if (before === 'backoff') this.#backoff.delete(wake)
    if (outcome.state === 'backoff') this.#backoff.add(wake)
    if (isEnded(outcome.state)) {
      this.#wakes.delete(wake.facts.position)
      this.#lanes.remove(wake, before)
      this.#ended(wake)
    } else if (outcome.state !== before) {
      this.#lanes.changed(wake, before)
    }
    if (outcome.state !== 'done') this.#unsaved.add(wake)
    // That it was sent, or is due again, is found out anew after a crash; what the node said is not.
    if (isEnded(outcome.state) || outcome.state === 'backoff') this.#context.changed(this)
    return outcome
  }

  #ended(wake: Wake): void {
    const { agent } = this.#options
    const { events, delivery } = this.#context
    const { position, messageId, cause: reason, target, targeted } = wake.facts
    const { state, attempts, error } = wake.status
    if (state === 'done') {
      this.#unsaved.delete(wake)
      if (wake.stored) this.#done.push(position)
      if (targeted) this.#events.push(events.delivered(agent, { messageId, reason, target }))
    } else if (state === 'expired' || state === 'dead') {
      const tried = attempts >= delivery.maxAttempts ? `given up after ${attempts} failed attempts: ` : ''
      const why = state === 'expired' ? 'too old to be delivered' : `${tried}${error ?? 'failed'}`
      this.#events.push(events.failed(agent, { messageId, reason, target }, { error: why, final: true }))
    }
  }
}

function rowOf({ facts, status }: Wake, now: number): StoredWake {
  const { state, attempts, retries, sends, dueAt, error } = status
  const { position, messageId, target, cause, targeted, createdAt } = facts
  return {
    position,
    messageId,
    target,
    cause,
    targeted,
    createdAt,
    state: state as StoredWakeState,
    attempts,
    retries,
    sends,
    dueAt,
    error,
    endedAt: isEnded(state) ? now : 0,
  }
}
