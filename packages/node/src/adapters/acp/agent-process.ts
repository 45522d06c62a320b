import { setTimeout as delay } from 'node:timers/promises'
import type { AcpRuntime } from '@moltnet/config'
import { messageOf } from '../../errors.ts'
import { NODE_LIMITS } from '../../limits.ts'
import type { OpenChild } from '../../process/open-child.ts'
import { describeExit, excerpt } from '../program.ts'
import type { OpenProgram, RunProgram } from '../program.ts'
import { answerPermission } from './permissions.ts'
import { RpcConnection } from './rpc.ts'
import type { AcpTurn } from './turn.ts'
import { INITIALIZE, InitializeResult, PermissionRequest, PROTOCOL_VERSION, SessionUpdate } from './wire.ts'

/** What an agent's process is started with. */
export interface AcpAgentOptions {
  runtime: AcpRuntime
  open: OpenProgram
  run: RunProgram
  find(): string | undefined
}

/** Why there is no process. */
export interface StartFailure {
  type: 'missing' | 'failed'
  error: string
}

/** A session that the process has open. */
export interface OpenSession {
  id: string
  /** Whether the agent has taken a prompt in it. */
  told: boolean
}

/** A running ACP agent. It serves all conversations of its attachment. */
export class AcpProcess {
  readonly type = 'process'
  /** By session key. */
  readonly sessions = new Map<string, OpenSession>()
  readonly #runtime: AcpRuntime
  readonly #rpc: RpcConnection
  /** By session id. */
  readonly #turns = new Map<string, AcpTurn>()
  #child: OpenChild | undefined
  #agent: InitializeResult = { protocolVersion: PROTOCOL_VERSION }
  #endedBy: string | undefined
  #proven = false
  #lastUpdate = 0

  private constructor(runtime: AcpRuntime) {
    this.#runtime = runtime
    this.#rpc = new RpcConnection({
      send: (line) => this.#child?.write(line),
      onNotification: (method, params) => this.#onNotification(method, params),
      onRequest: (method, params) => this.#onRequest(method, params),
    })
  }

  /** Starts the program and agrees on the protocol. The program ends when `stop` fires. */
  static async start(
    { runtime, open }: Pick<AcpAgentOptions, 'runtime' | 'open'>,
    stop: AbortSignal,
  ): Promise<AcpProcess | StartFailure> {
    const agent = new AcpProcess(runtime)
    const child = open({ args: runtime.args, onLine: (line) => agent.#rpc.receive(line) })
    if (child.type === 'missing') return { type: 'missing', error: `${child.command} was not found` }
    if (child.type === 'not_started') return { type: 'failed', error: `could not be started: ${child.error}` }
    agent.#child = child
    const onStop = () => void agent.end('the node is stopping')
    stop.addEventListener('abort', onStop)
    void child.exited.then((exit) => {
      stop.removeEventListener('abort', onStop)
      agent.#rpc.close(describeExit(exit))
    })
    if (stop.aborted) onStop()
    const fault = await agent.#initialize()
    if (fault === undefined) return agent
    await agent.end(fault)
    return { type: 'failed', error: `${runtime.command} ${fault}` }
  }

  /** Whether the program runs. */
  get running(): boolean {
    return this.#child?.running === true
  }

  /** Resolves when the program has ended. */
  get exited(): Promise<unknown> {
    return this.#child?.exited ?? Promise.resolve()
  }

  /** Whether it has answered a prompt. */
  get proven(): boolean {
    return this.#proven
  }

  /** Why the node itself ended it; undefined when it did not. */
  get endedBy(): string | undefined {
    return this.#endedBy
  }

  /** How an earlier session is opened again; undefined when this agent forgets sessions with its process. */
  get reopen(): 'session/resume' | 'session/load' | undefined {
    const { sessionCapabilities, loadSession } = this.#agent.agentCapabilities ?? {}
    if (sessionCapabilities?.resume) return 'session/resume'
    return loadSession === true ? 'session/load' : undefined
  }

  /** The agent's own version, when it said so. */
  get version(): string | undefined {
    return this.#agent.agentInfo?.version
  }

  /** Names of the ways to log in that the agent offers. */
  get logins(): string[] {
    return this.#agent.authMethods?.map((method) => method.name) ?? []
  }

  /** Sends a request; see {@link RpcConnection.request}. */
  request(method: string, params: object): Promise<unknown> {
    return this.#rpc.request(method, params)
  }

  /** Sends a prompt; what happens until the answer goes to `turn`. */
  async prompt(sessionId: string, text: string, turn: AcpTurn): Promise<unknown> {
    this.#turns.set(sessionId, turn)
    try {
      const result = await this.#rpc.request('session/prompt', {
        sessionId,
        prompt: [{ type: 'text', text }],
      })
      this.#proven = true
      return result
    } finally {
      this.#turns.delete(sessionId)
    }
  }

  /** Resolves when no update has come for a moment, at the latest when the limit for that is over. */
  async quiet(): Promise<void> {
    const deadline = performance.now() + NODE_LIMITS.agentReplayMs
    this.#lastUpdate = performance.now()
    while (performance.now() < Math.min(deadline, this.#lastUpdate + NODE_LIMITS.agentQuietMs)) {
      await delay(NODE_LIMITS.agentQuietMs / 5, undefined, { ref: false })
    }
  }

  /** Asks the agent to end the turn of a session; the prompt is answered then. */
  cancel(sessionId: string): void {
    this.#rpc.notify('session/cancel', { sessionId })
  }

  /** Ends the program with all that it runs. */
  async end(reason: string): Promise<void> {
    this.#endedBy ??= reason
    await this.#child?.end()
    // A program that even KILL cannot end (stuck in the kernel) is given up rather than waited for.
    await Promise.race([this.exited, delay(NODE_LIMITS.killedMs, undefined, { ref: false })])
  }

  /** Undefined when the agent speaks our version; else what is wrong, after the name of the program. */
  async #initialize(): Promise<string | undefined> {
    const late = delay(NODE_LIMITS.agentStartMs, 'late' as const, { ref: false })
    try {
      const answer = await Promise.race([this.#rpc.request('initialize', INITIALIZE), late])
      if (answer === 'late')
        return `did not answer in ${NODE_LIMITS.agentStartMs / 1_000} s: is it an ACP agent?`
      const result = InitializeResult.safeParse(answer)
      if (!result.success) return 'is no ACP agent: its answer to initialize is another one'
      const { protocolVersion } = result.data
      if (protocolVersion !== PROTOCOL_VERSION) {
        return `speaks version ${protocolVersion} of ACP, the node version ${PROTOCOL_VERSION}`
      }
      this.#agent = result.data
      return undefined
    } catch (error) {
      return `did not start as an ACP agent: ${excerpt(messageOf(error))}`
    }
  }

  #onNotification(method: string, params: unknown): void {
    if (method !== 'session/update') return
    this.#lastUpdate = performance.now()
    const { data } = SessionUpdate.safeParse(params)
    if (data !== undefined) this.#turns.get(data.sessionId)?.update(data.update)
  }

  #onRequest(method: string, params: unknown): object | undefined {
    if (method !== 'session/request_permission') return undefined
    const { data } = PermissionRequest.safeParse(params)
    if (data === undefined) return { outcome: { outcome: 'cancelled' } }
    const { allowed, outcome } = answerPermission(this.#runtime.permissions, data)
    if (!allowed) this.#turns.get(data.sessionId)?.refused(data.toolCall.title ?? 'a tool')
    return { outcome }
  }
}
