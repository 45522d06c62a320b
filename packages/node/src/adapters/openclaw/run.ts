import { pause } from '../../backoff.ts'
import { NODE_LIMITS } from '../../limits.ts'
import { faultText, unavailable } from '../health.ts'
import { Connection } from './connection.ts'
import type { Answer, Call } from './connection.ts'
import { AgentPayload, WaitPayload } from './frames.ts'
import type { Gateway, Unavailable } from './gateway.ts'
import { endOfRefusal, endOfRun, endOfWait, notTaken, unreadable } from './outcome.ts'
import type { RunEnd } from './outcome.ts'

/** One run of an agent in the gateway. */
export interface RunOptions {
  gateway: Gateway
  sessionKey: string
  message: string
  /** Also the id of the run: the gateway knows the request again by it. */
  key: string
  /** Nothing more is asked after it fired; the run itself goes on. */
  signal: AbortSignal
  onStarted(): void
}

/** What one request brought: the end of the run, or how to go on. */
type Step = RunEnd | 'going_on' | 'lost'

/**
 * Runs an agent to its end. A run goes on in the gateway when the connection is lost, and is found again by
 * its key. A gateway that was started anew knows no such run: there the same request begins it.
 */
export async function runToEnd(options: RunOptions): Promise<RunEnd> {
  const { gateway, signal } = options
  let contact = await orAborted(gateway.connection(), signal)
  for (let sent = false; contact instanceof Connection; sent = true) {
    let step: Step = sent ? await waitOnce(contact, options, 0) : 'going_on'
    if (step === 'going_on') step = await request(contact, options)
    while (step === 'going_on' && !signal.aborted) {
      step = await waitOnce(contact, options, NODE_LIMITS.gatewayWaitMs)
      // A gateway that is shutting down answers at once.
      if (step === 'going_on') await pause(NODE_LIMITS.contactPauseMs, signal)
    }
    if (typeof step === 'object') return step
    contact = await contactAgain(gateway, signal)
    if (isUnavailable(contact)) {
      const why = faultText(contact.trouble)
      return notTaken(`the connection was lost during the turn; ${why}`, contact.retryAfterMs)
    }
  }
  if (contact === 'aborted') return notTaken('the turn was ended by the node')
  return { outcome: unavailable(contact.trouble, contact.retryAfterMs) }
}

/** Asks for the run, which begins it when the gateway does not know it yet. */
async function request(connection: Connection, options: RunOptions): Promise<Step> {
  const { sessionKey, message, key: idempotencyKey, signal, onStarted } = options
  const call = connection.call('agent', { sessionKey, message, deliver: false, idempotencyKey })
  try {
    const first = await answerOf(call, signal)
    if (first.type === 'lost') return 'lost'
    const payload = AgentPayload.safeParse(first.payload).data
    if (first.type === 'ok' || payload !== undefined) onStarted()
    if (first.type === 'ok' && payload?.status === 'in_flight') return 'going_on'
    if (first.type === 'error' || payload?.status !== 'accepted') {
      return { ...endOf(first, payload), replayed: payload !== undefined }
    }
    const second = await answerOf(call, signal)
    return second.type === 'lost' ? 'lost' : endOf(second, AgentPayload.safeParse(second.payload).data)
  } finally {
    call.forget()
  }
}

/** The error of a run has a payload that says so; without one the request itself was refused. */
function endOf(answer: Exclude<Answer, { type: 'lost' }>, payload: AgentPayload | undefined): RunEnd {
  if (answer.type === 'ok') return payload === undefined ? unreadable('agent') : endOfRun(payload)
  if (payload === undefined) return endOfRefusal(answer.error)
  const status = payload.status === 'ok' ? 'error' : payload.status
  return endOfRun({ status, summary: answer.error.message })
}

/** Waits for the end of a run that the gateway may know. */
async function waitOnce(
  connection: Connection,
  { key, signal }: RunOptions,
  timeoutMs: number,
): Promise<Step> {
  const call = connection.call('agent.wait', { runId: key, timeoutMs })
  try {
    const answer = await answerOf(call, signal)
    if (answer.type === 'lost') return 'lost'
    if (answer.type === 'error') return endOfRefusal(answer.error)
    const payload = WaitPayload.safeParse(answer.payload).data
    return payload === undefined ? unreadable('agent.wait') : (endOfWait(payload) ?? 'going_on')
  } finally {
    call.forget()
  }
}

/** A gateway that is started again takes a while; one that stays away is given up for this try. */
async function contactAgain(
  gateway: Gateway,
  signal: AbortSignal,
): Promise<Connection | Unavailable | 'aborted'> {
  const deadline = performance.now() + NODE_LIMITS.contactMs
  for (;;) {
    const contact = await orAborted(gateway.connection(), signal)
    if (!isUnavailable(contact) || performance.now() > deadline) return contact
    await pause(NODE_LIMITS.contactPauseMs, signal)
  }
}

function isUnavailable(contact: Connection | Unavailable | 'aborted'): contact is Unavailable {
  return contact !== 'aborted' && !(contact instanceof Connection)
}

async function answerOf(call: Call, signal: AbortSignal): Promise<Answer> {
  const answer = await orAborted(call.next(), signal)
  return answer === 'aborted' ? { type: 'lost' } : answer
}

/** The value, or `aborted` as soon as the signal fires. */
async function orAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T | 'aborted'> {
  if (signal.aborted) return 'aborted'
  const aborted = Promise.withResolvers<'aborted'>()
  const onAbort = () => aborted.resolve('aborted')
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([value, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
