import { CONSUMER_LIMITS } from '@moltnet/protocol'
import type { GuardName, NackReason } from '@moltnet/protocol'
import { agentLimits } from '../domain/guards.ts'
import type { Principal } from '../domain/principal.ts'
import type { ConsumerChange, StoredWake } from '../store/consumer-port.ts'
import { bindingRoom } from './bindings.ts'
import { type AgentMessage, ConsumerGuard } from './consumer-guard.ts'
import type { ConsumerContext, ConsumerOptions } from './consumer-options.ts'
import { positionOfCursor } from './cursor.ts'
import type { Envelope } from './envelope.ts'
import { DELIVERY_LIMITS } from './limits.ts'
import { type FrameSink, LogSubscriber } from './log-subscriber.ts'
import { isBound, wakeOf } from './subscribed.ts'
import { WakeBook, type WakeLoad } from './wake-book.ts'
import type { JournalNote } from './wake-journal.ts'
import type { WakeNotice } from './wake-notices.ts'
import { isHeldByGuard, type OperatorEventType } from './wake-rows.ts'
import { WakeSender } from './wake-sender.ts'

/** What a consumer's node says about a wake. */
export type WakeReport =
  | { readonly type: 'ack' }
  | { readonly type: 'turn_started' }
  | { readonly type: 'turn_ended'; readonly note?: JournalNote }
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
  readonly #guard: ConsumerGuard
  readonly #wakes: WakeBook
  readonly #sender: WakeSender
  #savedScan: number
  #savedAt: number
  #savesAll = false
  /** Positions after the scan that are ACKed already. */
  #ackedAhead: Set<number> | undefined
  #gapsSent: Set<string> | undefined

  constructor(context: ConsumerContext, options: ConsumerOptions) {
    super(context.fanout)
    this.#context = context
    this.#options = options
    this.actorUid = options.actorUid
    this.principal = options.principal
    this.attachedAs = options.agent.agentId
    this.#guard = new ConsumerGuard({
      limits: agentLimits(context.guards, context.roomGuards, options.guards),
      chains: context.chains,
      actions: context.stats.guardActions,
      turns: options.turns,
      now: context.now,
    })
    this.#wakes = new WakeBook({
      agent: options.agent,
      window: options.window,
      guard: this.#guard,
      ...context.telling,
      now: context.now,
      onUrgent: () => context.changed(this),
    })
    this.#sender = new WakeSender(context, { wakes: this.#wakes, sink: options.sink, consumer: this })
    this.#savedScan = options.scan
    this.#savedAt = context.now()
    for (const stored of options.wakes) this.#restore(stored)
    this.place(options.scan)
  }

  /** Wakes that wait to be sent or ACKed. */
  get pending(): number {
    return this.#wakes.load.pending
  }

  /** What its open wakes wait for. */
  get load(): WakeLoad {
    return this.#wakes.load
  }

  /** Starts sending. Call after READY was sent. */
  begin(): void {
    this.#sender.begin()
    this.join()
  }

  /** Takes what the node says about a wake; false when it cannot know this cursor. */
  report(cursor: string, report: WakeReport): boolean {
    const position = positionOfCursor(cursor, this.#context.epoch)
    if (position === undefined) return report.type === 'ack' && (this.#gapsSent?.has(cursor) ?? false)
    const wake = this.#wakes.at(position)
    // A wake that ended meanwhile, on this socket or an earlier one, or a notice.
    if (wake === undefined) return position <= this.position || this.#ackAhead(position, report)
    const note = report.type === 'turn_ended' ? report.note : undefined
    if (this.#wakes.apply(wake, report, note) === 'invalid') return false
    this.#sender.send()
    if (!this.live) this.resume()
    return true
  }

  /** The guard that would stop a message of an agent, sent now, from waking this one at once. */
  guardOn(message: AgentMessage): GuardName | undefined {
    return this.#guard.on(message, this.#wakes.reserved(message.byAgent))
  }

  /** An operator's action on one of its wakes; false when the wake's state does not have it now. */
  operate(stored: StoredWake, action: OperatorEventType, note: JournalNote): boolean {
    let wake = this.#wakes.at(stored.position)
    if (wake === undefined && isHeldByGuard(stored, stored.journal)) wake = this.#wakes.takeBack(stored)
    if (wake === undefined) {
      if (action !== 'retry' || !this.#isWanted(stored)) return false
      if (this.#wakes.reopen(stored, note) === undefined) return false
    } else if (typeof this.#wakes.apply(wake, { type: action }, note) === 'string') {
      return false
    }
    this.writable()
    return true
  }

  /** The agent stored a message in a conversation, named by its key. */
  spoke(conversation: string): void {
    this.#wakes.spoke(conversation)
  }

  /** Whether the store lacks some of its wakes as they are now. */
  get isUnsaved(): boolean {
    return this.#wakes.isUnsaved
  }

  /** There may be more to send: the socket takes frames again, or a wake was let go. */
  writable(): void {
    this.#sender.sendBatch()
    if (!this.live) this.resume()
  }

  /** Moves on what waits for time. */
  tick(now: number): void {
    if (this.#wakes.wakeDue(now)) this.#sender.send()
    const moved = this.#wakes.isUnsaved || this.position !== this.#savedScan
    const wait = moved ? DELIVERY_LIMITS.scanSaveMs : DELIVERY_LIMITS.contactSaveMs
    if (now - this.#savedAt >= wait) this.saveAll()
  }

  /** Ends it; what was on the socket waits again. Call once, then save it. */
  end(how: 'socket_lost' | 'server_lost'): void {
    this.close()
    this.#sender.end()
    this.#wakes.applyToAll({ type: how })
    this.saveAll()
  }

  /** Saves everything at the end of this turn, not only what is urgent. */
  saveAll(): void {
    this.#savesAll = true
    this.#context.changed(this)
  }

  /** What was taken last is in the store, and lets what waited for that pass. */
  saved(): void {
    if (this.#wakes.saved() && this.#sender.hasBegun) this.writable()
  }

  /** The socket must be given up. */
  fail(error: unknown): void {
    this.#options.onFailure(error)
  }

  /** What to save, with the events about it. Counts as saved from now on. */
  takeChange(): { readonly change: ConsumerChange; readonly events: readonly WakeNotice[] } {
    const { actorUid, position } = this
    const contactAt = this.#context.now()
    const options = { all: this.#savesAll, scan: position, savedScan: this.#savedScan }
    const { wakes, events, scan } = this.#wakes.takeChanges(options)
    this.#savesAll = false
    this.#savedScan = scan
    this.#savedAt = contactAt
    return { change: { actorUid, scan, contactAt, wakes }, events }
  }

  protected get sink(): FrameSink {
    return this.#options.sink
  }

  protected get ready(): boolean {
    return this.#wakes.size < DELIVERY_LIMITS.openWakes && (!this.#sender.hasBegun || this.sink.writable)
  }

  protected take(envelope: Envelope): boolean {
    if (!this.ready) return false
    const { type, scope } = envelope.entry
    if (type === 'message.created') this.#meet(envelope)
    else if (type === 'room.removed' || type === 'room.members.updated') {
      if (scope.kind !== 'room' || !isBound(this.#options, scope.roomId, envelope.entry.position)) return true
      if (!this.#sender.hasBegun) return false
      this.sink.send(envelope.frame)
    }
    return true
  }

  protected settle(): void {
    this.#sender.send()
  }

  protected tellGap(position: number, oldest: number): boolean {
    if (!this.#sender.hasBegun || !this.sink.writable) return false
    const gap = this.#context.gaps.behind(position, oldest)
    this.#gapsSent ??= new Set()
    this.#gapsSent.add(gap.id)
    this.sink.send(this.fanout.envelopes.frameOf(gap))
    return true
  }

  /** An ACK of an event that was sent before a crash and that the scan has not met again. */
  #ackAhead(position: number, report: WakeReport): boolean {
    if (report.type !== 'ack' || position > this.fanout.log.head) return false
    this.#ackedAhead ??= new Set()
    if (this.#ackedAhead.size >= CONSUMER_LIMITS.windowMax) return false
    this.#ackedAhead.add(position)
    return true
  }

  /** The scan met a message. */
  #meet(envelope: Envelope): void {
    const { position, message } = envelope.entry
    if (message === undefined) return
    const { byAgent, conversation } = envelope
    if (byAgent === undefined) this.#guard.humanSpoke(conversation)
    const room = bindingRoom(message.target)
    if (!isBound(this.#options, room, position) || this.#options.known.has(position)) return
    const { subscription, agent } = this.#options
    // Spares most messages of a big room the whole rule.
    const mentionsOnly = room !== null && subscription.rooms.get(room)?.wake === 'mentions'
    if (mentionsOnly && !envelope.mayTarget(agent.agentId)) return
    const { networkId } = this.#context
    const met = wakeOf(envelope, { subscription, networkId, agentId: agent.agentId })
    if (met === undefined) return
    const wake = this.#wakes.meet(met.facts, { conversation, approval: met.approval })
    if (this.#ackedAhead?.delete(position)) this.#wakes.apply(wake, ACK)
  }

  /** A wake of an earlier attachment; it goes when its conversation left the subscription. */
  #restore(stored: StoredWake): void {
    if (isHeldByGuard(stored, stored.journal) && this.#isWanted(stored)) {
      this.#wakes.leaveAside()
      return
    }
    const wake = this.#wakes.restore(stored)
    if (!this.#isWanted(stored)) this.#wakes.apply(wake, { type: 'unsubscribe' })
  }

  /** Whether the subscription still has a wake's conversation. */
  #isWanted({ target, position }: StoredWake): boolean {
    return isBound(this.#options, bindingRoom(target), position)
  }
}

const ACK = { type: 'ack' } as const
