import { z } from 'zod'
import { pause } from '../../backoff.ts'
import { NODE_LIMITS } from '../../limits.ts'
import type { DeliveryOutcome } from '../adapter.ts'
import { unavailable } from '../health.ts'
import type { PostResult } from '../http/post-json.ts'
import { excerpt } from '../program.ts'
import { notThere, TOKEN_FIX } from './health.ts'
import type { EventStream, InboundMessage, QueuedResponse, TinyclawApi } from './api.ts'

/** What TinyClaw says when its agent failed: there is no other sign of it. */
const APOLOGY = 'Sorry, I encountered an error processing your request.'
/** What it says for an agent that said nothing. */
const NOTHING = /^Sorry, I could not generate a response from \w+\.$/

/** The event that comes once at the end of each message; its name before TinyAGI. */
const END_EVENTS = new Set(['agent:response', 'response_ready'])
const EndEvent = z.object({
  messageId: z.string(),
  content: z.string().optional(),
  responseText: z.string().optional(),
})

/** One message and who waits for its end. */
export interface TinyclawTurn {
  api: TinyclawApi
  message: InboundMessage
  /** Where the API is, for error messages. */
  place: string
  signal: AbortSignal
  onStarted(): void
}

/** How a turn ended; `replayed` when it had ended before it was asked for. */
export interface TurnEnd {
  outcome: DeliveryOutcome
  replayed?: boolean
}

/**
 * Hands a message over and waits for the agent's response. After a loss of contact the same message is
 * posted again: a duplicate is refused, and then it is looked up what became of it.
 */
export async function runTurn(turn: TinyclawTurn): Promise<TurnEnd> {
  const { signal } = turn
  let taken = false
  let lostAt: number | undefined
  while (!signal.aborted) {
    const attempt = new AbortController()
    try {
      const contact = await handOver(turn, AbortSignal.any([signal, attempt.signal]))
      if (contact.type === 'refused') return { outcome: contact.outcome }
      if (contact.type === 'taken') {
        taken = true
        lostAt = undefined
        turn.onStarted()
        const end = await waitForEnd(turn, contact)
        if (end !== undefined) return end
      } else {
        lostAt ??= performance.now()
        const givenUp = !taken || performance.now() - lostAt > NODE_LIMITS.contactMs
        if (givenUp) return { outcome: unreachable(turn.place, contact.error, taken) }
      }
    } finally {
      attempt.abort()
    }
    await pause(NODE_LIMITS.contactPauseMs, signal)
  }
  return { outcome: { type: 'retry', reason: 'unavailable', error: 'the turn was ended by the node' } }
}

/** A message that the API has, and where its end will be told. */
interface Taken {
  type: 'taken'
  stream: Exclude<EventStream, { type: 'unreachable' }>
  /** The message was posted before: its end may be over. */
  known: boolean
  signal: AbortSignal
}

type HandOver = Taken | { type: 'refused'; outcome: DeliveryOutcome } | { type: 'unreachable'; error: string }

/** Opens the stream and posts the message, in this order: the end of a quick turn must not be missed. */
async function handOver({ api, message, place }: TinyclawTurn, signal: AbortSignal): Promise<HandOver> {
  const stream = await api.openEvents(signal)
  if (stream.type === 'unreachable') return stream
  const posted = await api.post(message, signal)
  if (posted.type !== 'answered') return { type: 'unreachable', error: posted.error }
  const known = posted.status === 409
  if (known || posted.status === 200) return { type: 'taken', stream, known, signal }
  return { type: 'refused', outcome: refused(posted, place) }
}

/** The end of a message that was taken; undefined when contact is lost. */
async function waitForEnd(
  turn: TinyclawTurn,
  { stream, known, signal }: Taken,
): Promise<TurnEnd | undefined> {
  if (known) {
    const end = await lookUp(turn, signal, true)
    if (end !== undefined) return { outcome: end, replayed: true }
  }
  if (stream.type === 'not_offered') {
    const outcome = await poll(turn, signal, NODE_LIMITS.tinyclawPollMs)
    return outcome && { outcome }
  }
  // An end that the stream does not tell: of a duplicate, or of a stream that broke unnoticed.
  const interval = known ? NODE_LIMITS.tinyclawPollMs : NODE_LIMITS.tinyclawCheckMs
  const outcome = await Promise.race([endInStream(stream, turn.message), poll(turn, signal, interval)])
  return outcome && { outcome }
}

async function endInStream(
  { events }: Extract<EventStream, { type: 'open' }>,
  { messageId }: InboundMessage,
): Promise<DeliveryOutcome | undefined> {
  for await (const { name, data } of events) {
    if (!END_EVENTS.has(name) || !data.includes(messageId)) continue
    const event = readEnd(data)
    if (event?.messageId === messageId) return outcomeOf(event.content ?? event.responseText ?? '')
  }
  return undefined
}

function readEnd(data: string): z.infer<typeof EndEvent> | undefined {
  try {
    return EndEvent.safeParse(JSON.parse(data)).data
  } catch {
    return undefined
  }
}

async function poll(
  turn: TinyclawTurn,
  signal: AbortSignal,
  intervalMs: number,
): Promise<DeliveryOutcome | undefined> {
  for (;;) {
    await pause(intervalMs, signal)
    if (signal.aborted) return undefined
    const outcome = await lookUp(turn, signal, false)
    if (outcome !== undefined) return outcome
  }
}

/**
 * What became of a message as far as the queue tells; undefined while the agents are busy. An API that
 * does not say whether they are has one response for each message, which may be acknowledged already.
 */
async function lookUp(
  { api, message }: TinyclawTurn,
  signal: AbortSignal,
  known: boolean,
): Promise<DeliveryOutcome | undefined> {
  const idle = await api.isIdle(signal)
  if (idle === false) return undefined
  const rows = await api.pending(signal)
  if (signal.aborted) return undefined
  const last = rows.findLast((row) => row.messageId === message.messageId)
  if (last !== undefined) return outcomeOf(withoutSignature(last))
  return idle === true || known ? outcomeOf('') : undefined
}

/** Responses of the queue are signed with the agent's name. */
function withoutSignature({ message, agent }: QueuedResponse): string {
  const signature = `\n\n- [${agent}]`
  return message.endsWith(signature) ? message.slice(0, -signature.length) : message
}

function outcomeOf(content: string): DeliveryOutcome {
  const text = content.trim()
  if (text.startsWith(APOLOGY)) {
    const error = `TinyClaw's agent failed: see the log of its queue (${text})`
    return { type: 'failed', reason: 'failed', error, warnings: [] }
  }
  return { type: 'delivered', text: NOTHING.test(text) ? '' : text, warnings: [] }
}

function unreachable(place: string, error: string, taken: boolean): DeliveryOutcome {
  const { problem, fix } = notThere(place, error)
  const lost = taken ? 'contact was lost during the turn; ' : ''
  return unavailable({ problem: `${lost}${problem}`, fix }, NODE_LIMITS.unreachableRetryMs)
}

function refused(
  { status, text }: Extract<PostResult, { type: 'answered' }>,
  place: string,
): DeliveryOutcome {
  const said = excerpt(text)
  const error = `TinyClaw at ${place} answered ${status}${said === '' ? '' : `: ${said}`}`
  if (status === 401 || status === 403) {
    return unavailable({ problem: error, fix: TOKEN_FIX }, NODE_LIMITS.refusedRetryMs)
  }
  if (status === 429) return { type: 'retry', reason: 'busy', error, retryAfterMs: NODE_LIMITS.busyRetryMs }
  // What a proxy says when nobody is behind it, or a server that is starting.
  if (status >= 502 && status <= 504) return { type: 'retry', reason: 'unavailable', error }
  return { type: 'failed', reason: 'failed', error, warnings: [] }
}
