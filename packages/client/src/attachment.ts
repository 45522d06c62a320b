import {
  AgentId,
  ATTACH_VERSION,
  ConsumerRequest,
  type IdentifyFrame,
  NetworkId,
  type ReadyFrame,
} from '@moltnet/protocol'
import { Deliveries } from './attachment-deliveries.ts'
import { AttachmentLink } from './attachment-link.ts'
import {
  type AttachmentAction,
  type AttachmentInput,
  type AttachmentState,
  type Loss,
  transition,
} from './attachment-machine.ts'
import { ItemQueue } from './attachment-queue.ts'
import type { Attachment, AttachmentItem, AttachmentOptions, AttachmentTiming } from './attachment-types.ts'
import { backoffMs } from './backoff.ts'
import { ATTACHMENT_LIMITS, CLIENT_LIMITS } from './limits.ts'
import { readToken } from './transport.ts'
import { endpoint, normalizeBaseUrl } from './url.ts'

/**
 * Attaches an agent and keeps it attached: see {@link Attachment}. Throws at once when an option is no
 * use: a base URL that is none, an id or a subscription out of form.
 */
export function openAttachment(options: AttachmentOptions): Attachment {
  return new AttachmentClient(options)
}

/** Runs the machine: its actions become frames, timers and items. */
class AttachmentClient implements Attachment {
  readonly #options: AttachmentOptions
  readonly #timing: AttachmentTiming
  readonly #identity: Pick<IdentifyFrame, 'network_id' | 'agent' | 'consumer'>
  readonly #link: AttachmentLink
  readonly #queue: ItemQueue
  readonly #deliveries: Deliveries
  readonly #inputs: AttachmentInput[] = []
  #state: AttachmentState = { kind: 'idle' }
  /** What the server gave to this agent, used while the caller's source has none. */
  #agentToken: string | undefined
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #iterated = false
  #feeding = false

  constructor(options: AttachmentOptions) {
    this.#options = options
    this.#timing = { ...ATTACHMENT_LIMITS, ...options.timing }
    const consumer = options.consumer === undefined ? undefined : ConsumerRequest.parse(options.consumer)
    this.#identity = {
      network_id: NetworkId.parse(options.networkId),
      agent: { ...options.agent, id: AgentId.parse(options.agent.id) },
      ...(consumer === undefined ? {} : { consumer }),
    }
    this.#link = new AttachmentLink({
      ...this.#timing,
      token: () => readToken(options.token) ?? this.#agentToken,
      url: endpoint(normalizeBaseUrl(options.baseUrl), ['v1', 'attach']),
      feed: (input) => this.#feed(input),
    })
    this.#queue = new ItemQueue(() => this.#onChange())
    this.#deliveries = new Deliveries({
      cursor: options.cursor,
      consumer,
      queue: this.#queue,
      send: (frame) => this.#link.send(frame),
      onChange: () => this.#onChange(),
      onUnreadable: options.onUnreadable,
    })
  }

  get cursor(): string | undefined {
    return this.#deliveries.ledger.done
  }

  [Symbol.asyncIterator](): AsyncIterator<AttachmentItem, undefined> {
    if (this.#iterated) throw new TypeError('an attachment can be iterated once')
    this.#iterated = true
    this.#feed({ type: 'start' })
    return {
      next: () => this.#queue.take(),
      return: async () => {
        await this.close()
        return { done: true, value: undefined }
      },
    }
  }

  close(reason = 'closed by the client'): Promise<void> {
    this.#queue.end({ discard: true })
    this.#feed({ type: 'close', reason })
    return this.#link.closed()
  }

  /** Inputs that actions cause are handled after those actions, never in between. */
  #feed(input: AttachmentInput): void {
    this.#inputs.push(input)
    if (this.#feeding) return
    this.#feeding = true
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#step(next)
    } finally {
      this.#feeding = false
    }
  }

  #step(input: AttachmentInput): void {
    const before = this.#state.kind
    const { state, actions } = transition(this.#state, input)
    this.#state = state
    if (state.kind !== before) {
      clearTimeout(this.#retryTimer)
      this.#link.enter(state.kind)
      const identified = before === 'identifying' || before === 'live'
      if (identified && state.kind !== 'live') this.#deliveries.detach()
    }
    for (const action of actions) this.#run(action)
  }

  #run(action: AttachmentAction): void {
    switch (action.do) {
      case 'connect':
        return this.#link.connect()
      case 'probe':
        return this.#link.probe()
      case 'identify':
        return this.#identify(action.heartbeatMs)
      case 'attach':
        return this.#attach(action.ready)
      case 'deliver':
        return this.#deliveries.receive(action.event)
      case 'ping':
        return this.#link.send({ op: 'PING', version: ATTACH_VERSION })
      case 'pong':
        return this.#link.send({ op: 'PONG', version: ATTACH_VERSION })
      case 'complain':
        return this.#link.send({ op: 'ERROR', version: ATTACH_VERSION, error: action.error })
      case 'drop':
        return this.#link.drop(action.reason, action.abrupt)
      case 'retry':
        return this.#retry(action.failures, action.loss)
      case 'park':
        return this.#push({ type: 'disconnected', reason: 'the consumer is too far behind', retryInMs: 0 })
      case 'refuse':
        return this.#push({ type: 'refused', error: action.error, code: action.code, retryInMs: null })
      case 'end':
        return this.#end(action.failure)
    }
  }

  #identify(heartbeatMs: number): void {
    const cursor = this.#deliveries.resume()
    this.#link.beat(heartbeatMs)
    this.#link.send({
      op: 'IDENTIFY',
      version: ATTACH_VERSION,
      ...this.#identity,
      capabilities: { rooms: true, threads: true, dms: true, artifacts: true },
      ...(cursor === undefined ? {} : { cursor }),
    })
  }

  #attach(ready: ReadyFrame): void {
    this.#deliveries.attach(this.#identity.consumer !== undefined && ready.consumer !== undefined)
    if (ready.agent_token !== undefined) this.#keepToken(ready.agent_token)
    this.#push({ type: 'ready', ready })
  }

  /** Nothing is handed out before the token is safe. */
  #keepToken(token: string): void {
    this.#agentToken = token
    const { onAgentToken } = this.#options
    if (onAgentToken === undefined) return
    this.#queue.hold()
    const keep = async () => await onAgentToken(token)
    const kept = keep().catch((error: unknown) => this.#feed({ type: 'token_failed', error }))
    void kept.then(() => this.#queue.release())
  }

  #retry(failures: number, loss: Loss): void {
    const { reconnect, takenOverMs } = this.#timing
    const backoff = backoffMs(reconnect, failures, this.#options.random ?? Math.random)
    let retryInMs = backoff
    if (loss.type === 'taken_over') {
      retryInMs = takenOverMs
      this.#push({ ...loss, retryInMs })
    } else if (loss.type === 'refused') {
      const { retryAfterMs = 0, ...refusal } = loss
      retryInMs = Math.max(backoff, Math.min(retryAfterMs, CLIENT_LIMITS.retryAfterMaxMs))
      this.#push({ ...refusal, retryInMs })
    } else {
      this.#push({ ...loss, retryInMs })
    }
    this.#retryTimer = setTimeout(() => this.#feed({ type: 'retry' }), retryInMs)
  }

  #push(item: AttachmentItem): void {
    this.#queue.push(item)
    this.#onChange()
  }

  /** The queue or the ledger grew or shrank. */
  #onChange(): void {
    const { size } = this.#deliveries.ledger
    const { ledgerEvents } = ATTACHMENT_LIMITS
    if (this.#queue.isFull || size >= ledgerEvents) this.#feed({ type: 'overflow' })
    else if (this.#queue.isEmpty && size <= ledgerEvents / 2) this.#feed({ type: 'drained' })
  }

  #end(failure: { error: unknown } | undefined): void {
    this.#queue.end({ discard: failure !== undefined, ...(failure === undefined ? {} : { failure }) })
    this.#deliveries.stop()
    this.#link.stop()
  }
}
