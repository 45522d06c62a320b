import { getLogger } from '@logtape/logtape'
import {
  type AgentAttachment,
  ERROR_CODES,
  type ConsumerState,
  type IdentifyFrame,
  type NetworkId,
  oneLine,
} from '@moltnet/protocol'
import type { Consumer, WakeReport } from '../eventlog/consumer.ts'
import type { Consumers } from '../eventlog/consumers.ts'
import type { ResumePoint } from '../eventlog/gaps.ts'
import type { Attachment } from './attachment.ts'
import { attachmentView } from './attachment-view.ts'
import { departure } from './departure.ts'
import { errorFrame, type ParsedFrame, PONG, readyFrame } from './frames.ts'
import { type Identified, identify, type IdentifyDeps } from './identify.ts'
import type { PresenceTracker } from './presence.ts'
import { type Refusal, refusalFor, refusalOf } from './refusal.ts'
import { Roster } from './roster.ts'
import { isReady, type SessionAction, type SessionInput, sessionTransition } from './session.ts'
import { SocketStream, type SocketStreamContext } from './socket-stream.ts'

const logger = getLogger(['moltnet', 'attach'])

/** What sessions are run with. */
export interface SessionsDeps extends IdentifyDeps, SocketStreamContext {
  readonly consumers: Consumers
  readonly presence: PresenceTracker
  /** Called when a session counts no longer as one without IDENTIFY. */
  onIdentified(attachment: Attachment): void
}

/** What comes with an input. */
export interface InputDetail {
  readonly frame?: ParsedFrame
  readonly refusal?: Refusal
  readonly closeCode?: number
  /** What an ERROR of the client, or a close, said. */
  readonly error?: string
}

/** What READY needs. */
interface Admission {
  readonly identified: Identified
  readonly resume: ResumePoint | undefined
  readonly durable: { readonly consumer: Consumer; readonly state: ConsumerState } | undefined
}

/** An input on its way through the actions of its transition. */
interface Occurrence {
  readonly attachment: Attachment
  readonly input: SessionInput
  readonly detail: InputDetail
  readonly refusal: Refusal | undefined
}

const NO_DETAIL: InputDetail = {}

/** Runs the session machine of every socket: turns inputs into transitions and does what they ask for. */
export class Sessions {
  readonly #deps: SessionsDeps
  readonly #roster = new Roster()
  readonly #admissions = new WeakMap<Attachment, Admission>()
  #ready = 0

  constructor(deps: SessionsDeps) {
    this.#deps = deps
  }

  /** How many are ready. */
  get ready(): number {
    return this.#ready
  }

  /** The attachment of an agent as it is now: its durable consumer, or the first of its v1 sockets. */
  attachmentOf(agentId: string): AgentAttachment | undefined {
    const ready = this.#roster.of(agentId).filter(({ phase }) => isReady(phase))
    const shown = ready.find(({ consumer }) => consumer !== undefined) ?? ready[0]
    return shown && attachmentView(shown)
  }

  /** Something happened to a session. */
  input(attachment: Attachment, input: SessionInput, detail: InputDetail = NO_DETAIL): void {
    const { next, actions, error } = sessionTransition(attachment.phase, input)
    attachment.phase = next
    if (actions.length === 0) return
    const refusal = detail.refusal ?? (error && refusalFor(input, error))
    const occurrence: Occurrence = { attachment, input, detail, refusal }
    for (const action of actions) this.#do(action, occurrence)
  }

  /** Cuts every session of an agent, in this turn. */
  cut(agentId: string, error: string): void {
    const refusal: Refusal = { code: 'agent_removed', error }
    for (const attachment of this.#roster.of(agentId)) {
      this.input(attachment, 'agent_removed', { refusal })
    }
  }

  #do(action: SessionAction, occurrence: Occurrence): void {
    const { attachment, detail } = occurrence
    switch (action) {
      case 'ack':
      case 'nack':
      case 'status':
        this.#report(attachment, detail.frame as ParsedFrame)
        return
      case 'register':
        void this.#register(attachment, detail.frame as IdentifyFrame)
        return
      case 'ready':
        this.#makeReady(attachment)
        return
      case 'pong':
        attachment.sendControl(PONG)
        return
      case 'leave':
        this.#leave(occurrence)
        return
      case 'refuse':
        this.#refuse(attachment, occurrence.refusal as Refusal)
        return
      case 'close':
        this.#end(attachment, () => attachment.close(1000, ''))
        return
      case 'restart':
        this.#end(attachment, () => attachment.close(1012, 'the server is restarting'))
        return
      case 'terminate':
        this.#end(attachment, () => attachment.terminate())
    }
  }

  async #register(attachment: Attachment, frame: IdentifyFrame): Promise<void> {
    try {
      const identified = await identify(this.#deps, attachment.principal, frame)
      if (attachment.phase !== 'registering') return
      this.#roster.enter(attachment, identified.identity, frame.consumer !== undefined)
      attachment.runtime = oneLine(frame.consumer?.runtime ?? '') || undefined
      this.#deps.onIdentified(attachment)
      const durable = frame.consumer && (await this.#openConsumer(attachment, identified, frame.consumer))
      const { gaps, fanout } = this.#deps
      const cursor = durable === undefined ? frame.cursor : undefined
      const resume = cursor === undefined ? undefined : await gaps.resume(cursor, fanout.head)
      // The phase may have changed while waiting; the consumer must not outlive its socket.
      if ((attachment.phase as string) !== 'registering') {
        this.#roster.leave(attachment)
        if (durable !== undefined) await this.#deps.consumers.end(durable.consumer, 'server_lost')
        return
      }
      this.#admissions.set(attachment, { identified, resume, durable })
      this.input(attachment, durable === undefined ? 'registered' : 'registered_durable')
    } catch (error) {
      this.#roster.leave(attachment)
      this.input(attachment, 'refused', { refusal: refusalOf(error) })
    }
  }

  #openConsumer(
    attachment: Attachment,
    { identity }: Identified,
    request: NonNullable<IdentifyFrame['consumer']>,
  ): Promise<{ consumer: Consumer; state: ConsumerState }> {
    const { agent, actorUid, principal } = identity
    return this.#deps.consumers.open({
      actorUid,
      agent,
      principal,
      request,
      sink: attachment,
      onTakenOver: () => this.input(attachment, 'taken_over'),
      onFailure: (error) => this.#fail(attachment, error),
    })
  }

  #makeReady(attachment: Attachment): void {
    const admission = this.#admissions.get(attachment) as Admission
    this.#admissions.delete(attachment)
    const { identified, resume, durable } = admission
    const { identity, actorUri, agentToken } = identified
    const { agent } = identity
    const { fanout, presence, context } = this.#deps
    attachment.sendControl(
      readyFrame({
        network_id: context.networkId as NetworkId,
        agent_id: agent.agentId,
        actor_uid: identity.actorUid,
        actor_uri: actorUri,
        ...(agentToken !== undefined && { agent_token: agentToken }),
        ...(durable !== undefined && { consumer: durable.state }),
      }),
    )
    this.#ready += 1
    attachment.readyAt = this.#deps.now()
    presence.connect(agent, { reason: 'attachment_ready' })
    logger.debug('{agent} is attached', { agent: agent.agentId, durable: durable !== undefined })
    if (durable !== undefined) {
      attachment.consumer = durable.consumer
      durable.consumer.begin()
      return
    }
    attachment.stream = new SocketStream(this.#deps, {
      agent,
      actorUid: identity.actorUid,
      principal: identity.principal,
      actorSince: identity.actorSince,
      sink: attachment,
      onFailure: (error) => this.#fail(attachment, error),
    })
    attachment.stream.begin(resume?.after ?? fanout.head, resume?.gap)
  }

  #report(attachment: Attachment, frame: ParsedFrame): void {
    if (!this.#accepts(attachment, frame)) this.input(attachment, 'unknown_cursor')
  }

  #accepts({ stream, consumer }: Attachment, frame: ParsedFrame): boolean {
    if (frame.op === 'ACK') return stream?.ack(frame.cursor) ?? consumer?.report(frame.cursor, ACK) ?? false
    if (frame.op === 'STATUS') return consumer?.report(frame.cursor, statusReport(frame)) ?? false
    if (frame.op !== 'NACK') return false
    const { cursor, reason, error, retry_after_ms: retryAfterMs } = frame
    return consumer?.report(cursor, { type: 'nack', reason, error, retryAfterMs }) ?? false
  }

  #leave({ attachment, input, detail, refusal }: Occurrence): void {
    const { identity, stream, consumer } = attachment
    if (identity === undefined) return
    const { agentId } = identity.agent
    const change = departure(input, { closeCode: detail.closeCode, error: detail.error ?? refusal?.error })
    this.#ready -= 1
    stream?.end(change.error ?? `the attachment ended before the ACK: ${change.reason}`)
    const how = LOST_BY_SERVER.has(input) ? 'server_lost' : 'socket_lost'
    if (consumer !== undefined) void this.#deps.consumers.end(consumer, how)
    this.#deps.presence.disconnect(agentId, change)
    this.#roster.leave(attachment)
    logger.debug('{agent} left: {reason}', { agent: agentId, reason: change.reason })
  }

  #refuse(attachment: Attachment, { code, error, retryable }: Refusal): void {
    this.#end(attachment, () => {
      attachment.sendControl(errorFrame(code, error, retryable))
      attachment.close(ERROR_CODES[code].closeCode, code)
    })
  }

  #end(attachment: Attachment, close: () => void): void {
    this.#roster.leave(attachment)
    close()
  }

  #fail(attachment: Attachment, error: unknown): void {
    if (!isReady(attachment.phase)) return
    logger.error('{agent}: delivery failed: {error}', { agent: attachment.identity?.agent.agentId, error })
    this.input(attachment, 'failure', { refusal: refusalOf(error) })
  }
}

const ACK = { type: 'ack' } as const

/** What a STATUS says, with what of its detail the ledger keeps. */
function statusReport({ state, detail }: Extract<ParsedFrame, { op: 'STATUS' }>): WakeReport {
  if (state === 'turn_started') return { type: state }
  const { outcome, final_text: finalText, warnings } = detail ?? {}
  return {
    type: state,
    note: {
      ...(typeof outcome === 'string' && { reason: outcome }),
      ...(typeof finalText === 'string' && finalText !== '' && { finalText }),
      ...(Array.isArray(warnings) && { warnings: warnings.filter((text) => typeof text === 'string') }),
    },
  }
}

/** Ends that are this server's doing, never a failure of the node. */
const LOST_BY_SERVER: ReadonlySet<SessionInput> = new Set<SessionInput>([
  'stop',
  'failure',
  'agent_removed',
  'credential_expired',
])
