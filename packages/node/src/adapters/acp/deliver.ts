import { setTimeout as delay } from 'node:timers/promises'
import type { AcpRuntime } from '@moltnet/config'
import { messageOf } from '../../errors.ts'
import { NODE_LIMITS } from '../../limits.ts'
import type { DeliveryOutcome, Session, Wake } from '../adapter.ts'
import { excerpt } from '../program.ts'
import type { AcpProcess } from './agent-process.ts'
import { unlessAborted } from './abort.ts'
import { openSession } from './open-session.ts'
import type { OpenedSession } from './open-session.ts'
import { RpcClosedError, RpcError } from './rpc.ts'
import { AcpTurn } from './turn.ts'
import { PromptResult, RPC_CODES } from './wire.ts'

/** One wake for an agent that runs. */
export interface AcpDelivery {
  runtime: AcpRuntime
  wake: Wake
  session: Session
  signal: AbortSignal
}

/** The outcome of a turn that was not let come to its end. */
export const ABORTED: DeliveryOutcome = {
  type: 'retry',
  reason: 'unavailable',
  error: 'the turn was ended by the node',
}

/**
 * Runs one turn in the session of its conversation. `stale`: an agent that had served turns before was
 * found dead, and has not seen this one. Never throws.
 */
export async function deliverToAgent(
  agent: AcpProcess,
  delivery: AcpDelivery,
): Promise<DeliveryOutcome | 'stale'> {
  const { session, runtime, signal } = delivery
  const { proven } = agent
  try {
    const opening = openSession(agent, session, runtime.workspacePath)
    const opened = await unlessAborted(opening, signal)
    if (opened !== 'aborted') return await promptAgent(agent, delivery, opened)
    await agent.end('a session of it could not be opened in time')
    return ABORTED
  } catch (error) {
    if (proven && isDead(agent, error)) return 'stale'
    const outcome = outcomeOf(error, agent, { runtime, warnings: [] })
    // The agent was told nothing yet.
    return outcome.type === 'failed'
      ? { type: 'retry', reason: 'unavailable', error: `no session: ${outcome.error}` }
      : outcome
  }
}

async function promptAgent(
  agent: AcpProcess,
  delivery: AcpDelivery,
  { open, warnings }: OpenedSession,
): Promise<DeliveryOutcome | 'stale'> {
  const { wake, session, signal, runtime } = delivery
  const { told } = open
  const { proven } = agent
  const remember = () => {
    open.told = true
    if (session.runtimeId !== open.id) session.remember(open.id)
  }
  const turn = new AcpTurn(remember)
  const answer = agent.prompt(open.id, wake.prompt(told ? 'known' : 'fresh'), turn)
  wake.started()
  try {
    let result = await unlessAborted(answer, signal)
    if (result === 'aborted') result = await cancelTurn(agent, open.id, answer)
    if (result === 'aborted') return ABORTED
    remember()
    return withWarnings(warnings, turn.outcome(PromptResult.parse(result)))
  } catch (error) {
    if (proven && !turn.worked && isDead(agent, error)) return 'stale'
    if (told && isUnknownSession(error)) {
      agent.sessions.delete(session.key)
      session.forget()
      return await deliverToAgent(agent, delivery)
    }
    return outcomeOf(error, agent, { runtime, warnings: [...warnings, ...turn.warnings()] })
  }
}

/** Asks the agent to end the turn; an agent that does not is ended itself, with all its turns. */
async function cancelTurn(agent: AcpProcess, sessionId: string, answer: Promise<unknown>): Promise<unknown> {
  agent.cancel(sessionId)
  const late = delay(NODE_LIMITS.agentCancelMs, 'aborted' as const, { ref: false })
  const result = await Promise.race([answer, late])
  if (result === 'aborted') await agent.end('another turn of it did not end when it was told to')
  return result
}

/** What became of a turn that has no answer, or an error for one. */
function outcomeOf(
  error: unknown,
  agent: AcpProcess,
  { runtime, warnings }: { runtime: AcpRuntime; warnings: string[] },
): DeliveryOutcome {
  const { command } = runtime
  if (error instanceof RpcClosedError && agent.endedBy !== undefined) {
    return { type: 'retry', reason: 'unavailable', error: `${command} was ended: ${agent.endedBy}` }
  }
  if (error instanceof RpcError && error.code === RPC_CODES.authRequired) {
    return {
      type: 'retry',
      reason: 'unavailable',
      error: loginNeeded(command, error.message, agent.logins),
      retryAfterMs: NODE_LIMITS.missingRetryMs,
    }
  }
  const said = error instanceof RpcError ? describeRpc(error) : messageOf(error)
  const text = error instanceof RpcClosedError ? `${command} ended in the turn: ${said}` : said
  return { type: 'failed', reason: 'failed', error: excerpt(text), warnings }
}

function loginNeeded(command: string, words: string, logins: readonly string[]): string {
  const offered = logins.length === 0 ? '' : `; it offers: ${logins.join(', ')}`
  return `${command} needs a login (${excerpt(words)}${offered}): log in with it as the user who runs the node, or give it an API key in runtime.env`
}

/** Agents put what helps into the message, into `data`, or into `data.details`. */
function describeRpc({ message, data }: RpcError): string {
  const details = typeof data === 'object' && data !== null && 'details' in data ? data.details : data
  const more = typeof details === 'string' ? details : details === undefined ? '' : JSON.stringify(details)
  return more === '' || message.includes(more) ? message : `${message}: ${more}`
}

/** Whether the agent ended by itself. */
function isDead(agent: AcpProcess, error: unknown): boolean {
  return error instanceof RpcClosedError && agent.endedBy === undefined
}

function isUnknownSession(error: unknown): boolean {
  return error instanceof RpcError && error.code === RPC_CODES.unknownResource
}

function withWarnings(warnings: readonly string[], outcome: DeliveryOutcome): DeliveryOutcome {
  return outcome.type === 'retry' ? outcome : { ...outcome, warnings: [...warnings, ...outcome.warnings] }
}
