import type { Principal } from '../domain/principal.ts'
import type { SocketDelivery } from '../store/consumer-port.ts'
import type { AgentEvents, NamedAgent } from '../eventlog/agent-events.ts'
import { positionOfCursor } from '../eventlog/cursor.ts'
import type { Envelope } from '../eventlog/envelope.ts'
import type { Fanout } from '../eventlog/fanout.ts'
import type { Gap, Gaps } from '../eventlog/gaps.ts'
import { DELIVERY_LIMITS } from '../eventlog/limits.ts'
import { type FrameSink, LogSubscriber } from '../eventlog/log-subscriber.ts'
import type { Outbox } from '../eventlog/outbox.ts'
import { Unacked } from './unacked.ts'

/** What all v1 sockets share. */
export interface SocketStreamContext {
  readonly fanout: Fanout
  readonly gaps: Gaps
  readonly outbox: Outbox
  readonly events: AgentEvents
  readonly epoch: string
  /** Unix time in milliseconds. */
  now(): number
}

/** A message that is targeted at the agent of a socket and not ACKed yet. */
type Targeted = Pick<SocketDelivery, 'position' | 'messageId' | 'target' | 'createdAt'> & {
  readonly reason: 'dm' | 'mention'
}

/** Whose socket it is. */
export interface SocketStreamOptions {
  readonly agent: NamedAgent
  readonly actorUid: string
  readonly principal: Principal
  /** When the agent's actor was registered. */
  readonly actorSince: string
  readonly sink: FrameSink
  onFailure(error: unknown): void
}

/**
 * The events of a v1 socket: everything that its agent may see, from one position on, each to be ACKed.
 * A socket with too many un-ACKed frames is read no further; what it misses stays in the log.
 */
export class SocketStream extends LogSubscriber {
  readonly principal: Principal
  readonly attachedAs: string
  readonly actorSince: string
  readonly #context: SocketStreamContext
  readonly #options: SocketStreamOptions
  readonly #unacked = new Unacked()
  /** Un-ACKed messages that are targeted at the agent, by position. */
  #targeted: Map<number, Targeted> | undefined
  /** Ids of un-ACKed gaps. */
  #gaps: Set<string> | undefined
  #full = false

  constructor(context: SocketStreamContext, options: SocketStreamOptions) {
    super(context.fanout)
    this.#context = context
    this.#options = options
    this.principal = options.principal
    this.attachedAs = options.agent.agentId
    this.actorSince = options.actorSince
  }

  /** Targeted messages that are not ACKed. */
  get waiting(): number {
    return this.#targeted?.size ?? 0
  }

  /** Sends everything after a position, after a gap if there is one. */
  begin(after: number, gap: Gap | undefined): void {
    this.place(after)
    if (gap !== undefined) this.#sendGap(gap)
    this.join()
  }

  /** Takes an ACK; false when no un-ACKed frame has this cursor. */
  ack(cursor: string): boolean {
    const position = positionOfCursor(cursor, this.#context.epoch)
    if (position === undefined) return this.#gaps?.delete(cursor) ?? false
    if (!this.#unacked.ack(position)) return false
    this.#reportDelivered(position)
    if (this.#full && this.#unacked.size <= DELIVERY_LIMITS.unackedFrames / 2) this.#full = false
    if (!this.live) this.resume()
    return true
  }

  /** Ends it; targeted messages that were not ACKed are reported as failed. */
  end(error: string): void {
    this.close()
    for (const wake of this.#targeted?.values() ?? []) this.#note(wake, 'closed', error)
    this.#targeted = undefined
  }

  protected get sink(): FrameSink {
    return this.#options.sink
  }

  protected get ready(): boolean {
    return !this.#full && this.sink.writable
  }

  protected take(envelope: Envelope): boolean {
    if (!this.ready) return false
    const { position } = envelope.entry
    this.#unacked.push(position)
    if (this.#unacked.size >= DELIVERY_LIMITS.unackedFrames) this.#full = true
    const message = envelope.targetedAt(this.attachedAs)
    if (message !== undefined) {
      const { id: messageId, target } = message
      const reason = target.kind === 'dm' ? 'dm' : 'mention'
      const wake: Targeted = { position, messageId, target, reason, createdAt: envelope.createdAt }
      this.#targeted ??= new Map()
      this.#targeted.set(position, wake)
      this.#note(wake, 'sent')
    }
    this.sink.send(envelope.frame)
    return true
  }

  protected settle(): void {
    // Nothing waits: each entry was sent when it was taken.
  }

  protected tellGap(position: number, oldest: number): boolean {
    if (!this.ready) return false
    this.#sendGap(this.#context.gaps.behind(position, oldest))
    return true
  }

  protected fail(error: unknown): void {
    this.#options.onFailure(error)
  }

  #sendGap(gap: Gap): void {
    this.#gaps ??= new Set()
    this.#gaps.add(gap.id)
    this.sink.send(this.fanout.envelopes.frameOf(gap))
  }

  #reportDelivered(position: number): void {
    const wake = this.#targeted?.get(position)
    if (wake === undefined) return
    this.#targeted?.delete(position)
    this.#note(wake, 'acked')
  }

  #note({ reason, ...wake }: Targeted, shown: SocketDelivery['shown'], error?: string): void {
    const { actorUid, agent } = this.#options
    const { events, now, outbox } = this.#context
    const delivery = { ...wake, cause: reason, actorUid, agentId: agent.agentId, shown, at: now(), error }
    const draft = (wakeId: string) => {
      const about = { ...wake, reason, wakeId, state: shown }
      return error === undefined ? events.delivered(agent, about) : events.failed(agent, about, { error })
    }
    outbox.add({ delivery, ...(shown !== 'sent' && { draft }) })
  }
}
