import { ATTACH_VERSION, conversationKey, isTargeted } from '@moltnet/protocol'
import type { Message } from '@moltnet/protocol'
import { agentKey } from '../domain/room.ts'
import type { LogEntry } from '../store/port.ts'

/** Start of an EVENT frame, up to the event. */
function frameHead(networkId: string, cursor: string): string {
  return `{"op":"EVENT","version":"${ATTACH_VERSION}","network_id":"${networkId}","cursor":"${cursor}","event":`
}

function wakeTail(attempt: number, redelivered: boolean): string {
  return `,"redelivered":${redelivered},"attempt":${attempt}}`
}

function eventFrame(networkId: string, event: { readonly id: string; readonly json: string }): string {
  return `${frameHead(networkId, event.id)}${event.json}}`
}

/** One event as text for a stream of server-sent events. */
export function streamChunk(event: {
  readonly id: string
  readonly type: string
  readonly json: string
}): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${event.json}\n\n`
}

/** An entry with everything that is the same for all of its receivers, each made once and when needed. */
export class Envelope {
  readonly entry: LogEntry
  readonly #networkId: string
  #frame: string | undefined
  #wakeFrame: string | undefined
  #chunk: string | undefined
  #targets: ReadonlySet<string> | null | undefined
  #createdAt: number | undefined
  #conversation: string | undefined
  #byAgent: string | null | undefined

  constructor(entry: LogEntry, networkId: string) {
    this.entry = entry
    this.#networkId = networkId
  }

  /** The EVENT frame for v1 sockets. */
  get frame(): string {
    this.#frame ??= eventFrame(this.#networkId, this.entry)
    return this.#frame
  }

  /** The text for event streams. */
  get chunk(): string {
    this.#chunk ??= streamChunk(this.entry)
    return this.#chunk
  }

  /** The EVENT frame of a wake. The first delivery is the same for all consumers. */
  wakeFrame(attempt: number, redelivered: boolean): string {
    if (attempt !== 1 || redelivered) return this.#makeWakeFrame(attempt, redelivered)
    this.#wakeFrame ??= this.#makeWakeFrame(1, false)
    return this.#wakeFrame
  }

  #makeWakeFrame(attempt: number, redelivered: boolean): string {
    const { id, json } = this.entry
    return frameHead(this.#networkId, id) + json + wakeTail(attempt, redelivered)
  }

  /** Unix time of the event in milliseconds. */
  get createdAt(): number {
    this.#createdAt ??= Date.parse(this.entry.createdAt)
    return this.#createdAt
  }

  /** Key of the conversation of the message; '' without a message. */
  get conversation(): string {
    this.#conversation ??= this.entry.message === undefined ? '' : conversationKey(this.entry.message.target)
    return this.#conversation
  }

  /** The agent whose message it is, `alpha` or `net_b:alpha`; undefined: a human's, or no message. */
  get byAgent(): string | undefined {
    if (this.#byAgent === undefined) {
      const from = this.entry.message?.from
      this.#byAgent = from?.type === 'agent' ? agentKey(from.fqid ?? from.id, this.#networkId) : null
    }
    return this.#byAgent ?? undefined
  }

  /** Whether the message mentions a local agent or is a DM with it; quick, and also true of its sender. */
  mayTarget(agentId: string): boolean {
    if (this.#targets === undefined) this.#targets = possibleTargets(this.entry.message, this.#networkId)
    return this.#targets?.has(agentId) ?? false
  }

  /** The message when it is targeted at a local agent. */
  targetedAt(agentId: string): Message | undefined {
    const { message } = this.entry
    if (message === undefined || !this.mayTarget(agentId)) return undefined
    return isTargeted({ networkId: this.#networkId, agentId, message }) ? message : undefined
  }
}

/** Keys of all agents that a message can be targeted at; null for the usual message without any. */
function possibleTargets(message: Message | undefined, networkId: string): ReadonlySet<string> | null {
  if (message === undefined) return null
  const { target, mentions } = message
  const references = target.kind === 'dm' ? target.participant_ids : mentions
  if (references === undefined || references.length === 0) return null
  return new Set(references.map((reference) => agentKey(reference, networkId)))
}

/** Makes one envelope per entry, for as long as somebody holds the entry. */
export class Envelopes {
  readonly #networkId: string
  readonly #made = new WeakMap<LogEntry, Envelope>()

  constructor(networkId: string) {
    this.#networkId = networkId
  }

  of(entry: LogEntry): Envelope {
    const made = this.#made.get(entry)
    if (made !== undefined) return made
    const envelope = new Envelope(entry, this.#networkId)
    this.#made.set(entry, envelope)
    return envelope
  }

  /** The EVENT frame of an event that is in no log. */
  frameOf(event: { readonly id: string; readonly json: string }): string {
    return eventFrame(this.#networkId, event)
  }
}
