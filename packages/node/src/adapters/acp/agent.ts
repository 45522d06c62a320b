import { NODE_LIMITS } from '../../limits.ts'
import { unlessAborted } from './abort.ts'
import { AcpProcess } from './agent-process.ts'
import type { AcpAgentOptions, StartFailure } from './agent-process.ts'

/** How long an agent stays without a turn, in milliseconds. */
export interface AgentTimes {
  idleMs?: number
}

/**
 * The agent of one attachment: a process that is started for the first turn, shared by all, and ended
 * when none came for a while. An agent that would lose its sessions with its process is left running.
 */
export class AcpAgent {
  readonly #options: AcpAgentOptions
  readonly #idleMs: number
  #starting: Promise<AcpProcess | StartFailure> | undefined
  /** The last process that agreed on the protocol. */
  #ready: AcpProcess | undefined
  readonly #stop = new AbortController()
  #users = 0
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(options: AcpAgentOptions, { idleMs = NODE_LIMITS.agentIdleMs }: AgentTimes = {}) {
    this.#options = options
    this.#idleMs = idleMs
  }

  /** Whether a process runs that has agreed on the protocol. */
  get running(): boolean {
    return this.#ready?.running === true
  }

  /** Runs `turn` with a running process, or with why there is none; not when `signal` fires before. */
  async use<T>(
    signal: AbortSignal,
    turn: (agent: AcpProcess | StartFailure) => Promise<T>,
  ): Promise<T | 'aborted'> {
    this.#users += 1
    clearTimeout(this.#idle)
    try {
      const agent = await unlessAborted(this.#process(), signal)
      return agent === 'aborted' ? agent : await turn(agent)
    } finally {
      this.#users -= 1
      if (this.#users === 0) this.#idle = setTimeout(() => void this.#endIdle(), this.#idleMs)
      this.#idle?.unref()
    }
  }

  /** Ends the process. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    this.#stop.abort()
    const agent = await this.#starting
    if (agent?.type === 'process') await agent.end('the node is stopping')
  }

  async #process(): Promise<AcpProcess | StartFailure> {
    for (;;) {
      const starting = (this.#starting ??= AcpProcess.start(this.#options, this.#stop.signal))
      const agent = await starting
      if (agent.type === 'process' && agent.running && agent.endedBy === undefined) {
        this.#ready = agent
        return agent
      }
      // Others may have waited for the same one: only the first starts anew.
      if (this.#starting === starting) this.#starting = undefined
      if (agent.type !== 'process') return agent
      await agent.exited
    }
  }

  async #endIdle(): Promise<void> {
    const agent = await this.#starting
    if (this.#users > 0 || agent?.type !== 'process' || agent.reopen === undefined) return
    await agent.end('it was idle')
  }
}
