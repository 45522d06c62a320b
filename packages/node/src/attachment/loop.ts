import type { Attachment, AttachmentItem } from '@moltnet/client'
import type { Logger } from '@logtape/logtape'
import { compileSubscription, evaluateWake, RoomTarget, sameAgent } from '@moltnet/protocol'
import type { EventOf, MoltnetEvent, ReadyFrame, Room } from '@moltnet/protocol'
import { pause } from '../backoff.ts'
import { NODE_LIMITS } from '../limits.ts'
import type { CursorFile } from '../state/cursor-file.ts'
import type { AttachmentStatus, Report } from '../states.ts'
import { Lanes } from './lanes.ts'
import { approvalConversations, subscriptionOf } from './subscription.ts'
import { needsBootstrapTurn } from './turn.ts'
import type { WakeEvent } from './turn.ts'
import { WakeRunner } from './wake-runner.ts'
import type { WakeRunnerOptions } from './wake-runner.ts'

/** The server refused the attachment and said that trying again by itself is no use. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly code: string | undefined

  constructor(message: string, code: string | undefined) {
    super(message)
    this.code = code
  }
}

/** What the loop needs besides what answers its wakes. */
export interface LoopOptions extends Omit<WakeRunnerOptions, 'durable' | 'signal'> {
  attachment: Attachment
  cursor: CursorFile
  /** Stops the attachment: running turns may finish for `stopGraceMs`, then they are ended. */
  stop: AbortSignal
  stopGraceMs: number
  report: Report
}

/**
 * Reads one attachment until it is stopped or refused: decides which messages wake, gives those to the
 * lanes of their conversations, and answers all others at once. Throws {@link RefusedError}.
 */
export class AttachmentLoop {
  readonly #options: LoopOptions
  readonly #logger: Logger
  readonly #runner: WakeRunner
  readonly #lanes: Lanes<WakeEvent>
  readonly #subscription
  /** Unknown before the first READY. */
  #durable: boolean | undefined
  #status: AttachmentStatus = { kind: 'starting' }
  /** Ends the running turns; a new one after a takeover. */
  #turns = new AbortController()

  constructor(options: LoopOptions) {
    this.#options = options
    this.#logger = options.logger
    this.#subscription = compileSubscription(subscriptionOf(options.config))
    this.#runner = new WakeRunner({
      ...options,
      durable: () => this.#durable === true,
      signal: () => this.#turns.signal,
    })
    this.#lanes = new Lanes({
      maxConcurrent: options.config.maxConcurrent,
      run: (turn) => this.#runner.run(turn),
      giveBack: (items) => this.#runner.giveBack(items),
      onRedelivered: (item) => this.#runner.redelivered(item),
      // Frames that the socket brought at once are handled before this.
      defer: (start) => setImmediate(start),
      onChange: () => this.#report(),
    })
  }

  async run(): Promise<void> {
    const { attachment, stop } = this.#options
    const keeper = setInterval(() => this.#keepCursor(), NODE_LIMITS.cursorMs)
    const drained = Promise.withResolvers<void>()
    const onStop = () => drained.resolve(this.#drain('the node is stopping'))
    stop.addEventListener('abort', onStop, { once: true })
    if (stop.aborted) onStop()
    try {
      for await (const item of attachment) this.#handle(item)
      if (stop.aborted) await drained.promise
    } finally {
      stop.removeEventListener('abort', onStop)
      clearInterval(keeper)
      await this.#finishTurns()
      this.#keepCursor()
      await attachment.close()
    }
  }

  /** What is lost of it by a kill comes again and is known from the journal. */
  #keepCursor(): void {
    if (this.#durable === undefined) return
    try {
      this.#options.cursor.keep(this.#durable ? undefined : this.#options.attachment.cursor)
    } catch (error) {
      this.#logger.error('the position in the event log cannot be kept: {error}', { error })
    }
  }

  /** Lets running turns finish, ends them after the grace, says so to the server and leaves. */
  async #drain(reason: string): Promise<void> {
    this.#lanes.stop()
    await Promise.race([this.#lanes.idle(), pause(this.#options.stopGraceMs, undefined, { ref: false })])
    this.#turns.abort()
    await this.#lanes.idle()
    await this.#options.attachment.close(reason)
  }

  /** After a refusal: turns may run to their end, their messages are noted for the next connection. */
  async #finishTurns(): Promise<void> {
    this.#lanes.stop()
    const { stop, stopGraceMs } = this.#options
    const idle = this.#lanes.idle()
    const stopped = new Promise<void>((resolve) => {
      if (stop.aborted) resolve()
      else stop.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([idle, stopped.then(() => pause(stopGraceMs, undefined, { ref: false }))])
    this.#turns.abort()
    await idle
  }

  #handle(item: AttachmentItem): void {
    switch (item.type) {
      case 'ready':
        return this.#onReady(item.ready)
      case 'event':
        return this.#onEvent(item)
      case 'disconnected':
        this.#logger.warn('disconnected: {reason}; next try in {retry_ms} ms', {
          reason: item.reason,
          code: item.code,
          retry_ms: item.retryInMs,
        })
        return this.#setStatus(backingOff(item.retryInMs, item.reason))
      case 'refused':
        return this.#onRefused(item)
      case 'taken_over':
        return this.#onTakenOver(item)
    }
  }

  #onReady(ready: ReadyFrame): void {
    const { config } = this.#options
    this.#durable = ready.consumer !== undefined
    this.#logger.info('attached as {agent} ({delivery} delivery, wakes waiting: {pending})', {
      agent: ready.agent_id,
      delivery: this.#durable ? 'durable' : 'v1',
      pending: ready.consumer?.pending ?? 0,
    })
    const rejected = new Set<string>()
    for (const { room, reason } of ready.consumer?.rejected ?? []) {
      rejected.add(room)
      this.#logger.warn('room {room} cannot be read, so it wakes nobody: {reason}', { room, reason })
    }
    this.#options.report({
      attached: {
        delivery: this.#durable ? 'durable' : 'v1',
        rejected: ready.consumer?.rejected ?? [],
      },
    })
    this.#warnOfApprovals()
    this.#setStatus({ kind: 'connected' })
    for (const { id, approval } of config.rooms) {
      if (approval && !this.#durable) continue
      const target = RoomTarget.parse({ kind: 'room', room_id: id })
      if (!rejected.has(id) && needsBootstrapTurn(this.#options, target)) this.#lanes.addBootstrap(target)
    }
  }

  /** Who has no approvals must not be woken without them. */
  #warnOfApprovals(): void {
    if (this.#durable) return
    for (const conversation of approvalConversations(this.#options.config)) {
      this.#logger.warn('this server cannot hold wakes for an operator: {conversation} wakes nobody', {
        conversation,
      })
    }
  }

  #onEvent(item: WakeEvent): void {
    const { event } = item.frame
    if (event.type !== 'message.created') {
      this.#notice(event)
      return item.ack()
    }
    const { config, completed } = this.#options
    const decision = evaluateWake({
      networkId: config.moltnet.networkId,
      agentId: config.agent.id,
      subscription: this.#subscription,
      message: event.message,
    })
    // A durable consumer's wake was approved before it was sent.
    if (!decision.wake || (decision.approval && !this.#durable)) return item.ack()
    if (completed.has(event.message)) {
      this.#logger.info('{message} was finished before; its lost ACK is sent again', {
        message: event.message.id,
      })
      return item.ack()
    }
    this.#lanes.add(event.message, item)
    if (this.#lanes.waiting > NODE_LIMITS.queuedMessages) {
      throw new Error(`more than ${NODE_LIMITS.queuedMessages} messages wait for a turn`)
    }
  }

  /** Events that wake nobody but that an operator should know. */
  #notice(event: Exclude<MoltnetEvent, EventOf<'message.created'>>): void {
    switch (event.type) {
      case 'stream.replay_gap':
        this.#logger.warn('the server no longer has the events after {cursor}; messages may be missing', {
          cursor: event.replay_gap.requested_event_id,
        })
        break
      case 'room.removed':
        if (this.#subscription.rooms.has(event.room.id)) {
          this.#logger.warn('room {room} was removed, so it wakes nobody', { room: event.room.id })
        }
        break
      case 'room.members.updated':
        this.#noticeMembers(event.room)
        break
      default:
    }
  }

  #noticeMembers({ id, members }: Room): void {
    const { agent, moltnet } = this.#options.config
    const isMember = members?.some((member) => sameAgent(member, agent.id, moltnet.networkId)) ?? false
    if (isMember || !this.#subscription.rooms.has(id)) return
    this.#logger.warn('{agent} is no longer a member of room {room}', { agent: agent.id, room: id })
  }

  #onRefused(item: Extract<AttachmentItem, { type: 'refused' }>): void {
    if (item.retryInMs === null) {
      this.#setStatus({ kind: 'failed', reason: item.error })
      // Nobody waits for what a removed agent does; other refusals let turns come to their end.
      if (item.code === 'agent_removed') this.#turns.abort()
      throw new RefusedError(item.error, item.code)
    }
    this.#logger.warn('refused by the server: {error}; next try in {retry_ms} ms', {
      error: item.error,
      code: item.code,
      retry_ms: item.retryInMs,
    })
    this.#setStatus(backingOff(item.retryInMs, item.error))
  }

  /** The other node gets all un-ACKed messages now, so nothing of them may go on here. */
  #onTakenOver(item: Extract<AttachmentItem, { type: 'taken_over' }>): void {
    this.#logger.warn(
      'another node has taken over this agent: {error}. Stopped here; next try in {minutes} minutes',
      { error: item.error, minutes: Math.round(item.retryInMs / 60_000) },
    )
    this.#lanes.clear()
    this.#turns.abort()
    this.#turns = new AbortController()
    this.#setStatus(backingOff(item.retryInMs, `taken over by another node: ${item.error}`))
  }

  #setStatus(status: AttachmentStatus): void {
    this.#status = status
    this.#report()
  }

  #report(): void {
    const load = { turns: this.#lanes.running, waiting: this.#lanes.waiting }
    const busy = this.#status.kind === 'connected' && load.turns > 0
    this.#options.report({ status: busy ? { kind: 'busy' } : this.#status, ...load })
  }
}

function backingOff(retryInMs: number, reason: string): AttachmentStatus {
  return { kind: 'backing_off', until: Date.now() + retryInMs, reason }
}
