import { NODE_LIMITS } from '../../limits.ts'
import type { DeliveryOutcome } from '../adapter.ts'
import { excerpt } from '../program.ts'
import type { AgentPayload, GatewayError, WaitPayload } from './frames.ts'

/** What an agent of OpenClaw answers when it has nothing to say. */
const NO_REPLY = 'NO_REPLY'

/** How a run ended. */
export interface RunEnd {
  outcome: DeliveryOutcome
  /** The session that it ran in, when the gateway said so. */
  sessionId?: string
  /** The gateway only told again how an earlier try had ended. */
  replayed?: boolean
}

/** What the last answer to `agent` means. Everything but `ok` is a run that did not come to its end. */
export function endOfRun({ status, summary, result }: AgentPayload): RunEnd {
  if (status !== 'ok') return failed(status, summary)
  const texts = (result?.payloads ?? []).map(({ text }) => spoken(text)).filter((text) => text !== '')
  return delivered(texts.join('\n\n'), result?.meta?.agentMeta?.sessionId)
}

/** What the answer to `agent.wait` means; undefined while the run goes on. */
export function endOfWait({
  status,
  endedAt,
  error,
  stopReason,
  terminalReply,
  terminalReceipt,
}: WaitPayload): RunEnd | undefined {
  if (status === 'pending') return undefined
  if (status === 'timeout' && endedAt === undefined && error === undefined) return undefined
  if (status !== 'ok') return failed(status, error ?? stopReason)
  const text = terminalReply?.disposition === 'visible' ? spoken(terminalReply.text) : ''
  return delivered(text, terminalReceipt?.sessionId)
}

/** A request that the gateway refused before there was a run. */
export function endOfRefusal({ code, message, retryAfterMs }: GatewayError): RunEnd {
  const error = excerpt(message)
  if (code === 'UNAVAILABLE') return notTaken(error, retryAfterMs ?? NODE_LIMITS.unreachableRetryMs)
  if (code === 'FORBIDDEN' || code === 'NOT_PAIRED') return notTaken(error, NODE_LIMITS.refusedRetryMs)
  return { outcome: { type: 'failed', reason: 'failed', error, warnings: [] } }
}

/** An answer that this version cannot read. */
export function unreadable(method: string): RunEnd {
  return failed('error', `the gateway's answer to ${method} has no known form`)
}

/** The run was not taken, or is given up; asking for it again finds it. */
export function notTaken(error: string, wishMs?: number): RunEnd {
  const retryAfterMs = wishMs === undefined ? undefined : Math.min(wishMs, NODE_LIMITS.retryAfterMaxMs)
  return { outcome: { type: 'retry', reason: 'unavailable', error, retryAfterMs } }
}

function delivered(text: string, sessionId: string | undefined): RunEnd {
  return { outcome: { type: 'delivered', text, warnings: [] }, sessionId }
}

function failed(status: string, said: string | undefined): RunEnd {
  const reason = status === 'timeout' ? 'timeout' : 'failed'
  const error = excerpt(said ?? '') || `the run ended with status ${status}`
  return { outcome: { type: 'failed', reason, error, warnings: [] } }
}

function spoken(text: string | null | undefined): string {
  const said = text?.trim() ?? ''
  return said === NO_REPLY ? '' : said
}
