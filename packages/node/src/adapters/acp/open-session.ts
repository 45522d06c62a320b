import { messageOf } from '../../errors.ts'
import type { Session } from '../adapter.ts'
import { excerpt } from '../program.ts'
import type { AcpProcess, OpenSession } from './agent-process.ts'
import { RpcError } from './rpc.ts'
import { NewSessionResult } from './wire.ts'

/** A session ready for a prompt. */
export interface OpenedSession {
  open: OpenSession
  warnings: string[]
}

/**
 * The agent's session of a conversation: the one that this process has open, else the one of before,
 * else a new one. Rejects with the agent's error.
 */
export async function openSession(agent: AcpProcess, session: Session, cwd: string): Promise<OpenedSession> {
  const known = agent.sessions.get(session.key)
  if (known !== undefined) return { open: known, warnings: [] }
  const keep = (open: OpenSession) => {
    agent.sessions.set(session.key, open)
    return open
  }
  const { runtimeId } = session
  const lost = runtimeId === undefined ? undefined : await reopen(agent, runtimeId, cwd)
  if (runtimeId !== undefined && lost === undefined) {
    return { open: keep({ id: runtimeId, told: true }), warnings: [] }
  }
  const { sessionId } = NewSessionResult.parse(await agent.request('session/new', place(cwd)))
  if (lost === undefined) return { open: keep({ id: sessionId, told: false }), warnings: [] }
  session.forget()
  return {
    open: keep({ id: sessionId, told: false }),
    warnings: [`the earlier session of this conversation is lost, a new one was begun: ${lost}`],
  }
}

/**
 * Opens an earlier session; what the agent replays of it goes to no turn, also when it does so after its
 * answer, as Gemini CLI does. Says why not: the codes for an unknown session differ so much that every
 * error counts as one. A login that is missing comes out with the new session; Gemini CLI wants one for
 * an earlier session although an API key is enough for a new one.
 */
async function reopen(agent: AcpProcess, sessionId: string, cwd: string): Promise<string | undefined> {
  if (agent.reopen === undefined) return 'the agent keeps none beyond its process'
  try {
    await agent.request(agent.reopen, { sessionId, ...place(cwd) })
    if (agent.reopen === 'session/load') await agent.quiet()
    return undefined
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    return excerpt(messageOf(error))
  }
}

function place(cwd: string): object {
  return { cwd, mcpServers: [] }
}
