import { getLogger } from '@logtape/logtape'
import type { ConnectionReason } from '@moltnet/protocol'
import type { AgentEvents, NamedAgent } from '../eventlog/agent-events.ts'
import { type Store, StoreFailed } from '../store/port.ts'
import type { Presence } from './delivery-port.ts'

const logger = getLogger(['moltnet', 'presence'])

/** One change per agent in this time, in milliseconds (delivery contract). */
const CHANGE_MS = 1_000

/** A change waits this long for others, in milliseconds, so that they are one write. */
const GATHER_MS = 20

/** While more changes than this wait and new ones keep coming, all of them wait for quiet. */
const CALM_CHANGES = 16

/** What counts as quiet: no new change for this long, in milliseconds. */
const QUIET_MS = 250

/** Longest wait for quiet, in milliseconds. */
const STORM_MS = 3_000

/** Changes in one transaction: bounds how long their fan-out keeps others waiting. */
const BATCH = 100

/** Why an agent's connection changed; told with `server.debug_events` only. */
export interface ChangeDetail {
  readonly reason: ConnectionReason
  readonly error?: string
}

interface AgentPresence {
  agent: NamedAgent
  connections: number
  /** What was told last. */
  announced: boolean
  announcedAt: number
  detail: ChangeDetail
}

/** What presence is wired with. */
export interface PresenceDeps {
  readonly store: Store
  readonly events: AgentEvents
  readonly debugEvents: boolean
}

/**
 * Who is attached: a set of connections per agent. Tells changes as events, at most one per agent and
 * second, many at once, and late while a fleet connects: who receives them grows with the fleet as well.
 */
export class PresenceTracker implements Presence {
  readonly #deps: PresenceDeps
  readonly #agents = new Map<string, AgentPresence>()
  /** When agents that are gone were told so, oldest first; kept as long as that delays their return. */
  readonly #left = new Map<string, number>()
  /** Agents whose last told state is not the current one, in the order of their changes. */
  readonly #waiting = new Map<string, number>()
  #timer: Timer | undefined
  #changedAt = 0
  #telling: Promise<void> | undefined
  #stopped = false

  constructor(deps: PresenceDeps) {
    this.#deps = deps
  }

  isConnected(agentId: string): boolean {
    return (this.#agents.get(agentId)?.connections ?? 0) > 0
  }

  /** Tells of agents that an earlier process left connected. */
  async start(): Promise<void> {
    const { store } = this.#deps
    const left = await store.read.presentAgents()
    if (left.length === 0) return
    await store.transact(async (tx) => {
      for (const agent of left) {
        await tx.append(
          this.#event(agent, false, { reason: 'event_stream_closed', error: 'the server stopped' }),
        )
        await tx.deletePresence(agent.agentId)
      }
    })
  }

  /** A connection of an agent is ready. */
  connect(agent: NamedAgent, detail: ChangeDetail): void {
    const known = this.#agents.get(agent.agentId)
    if (known === undefined) {
      const announcedAt = this.#left.get(agent.agentId) ?? Number.NEGATIVE_INFINITY
      this.#agents.set(agent.agentId, { agent, connections: 1, announced: false, announcedAt, detail })
    } else {
      known.agent = agent
      known.connections += 1
      known.detail = detail
    }
    this.#changed(agent.agentId)
  }

  /** A connection that was ready is gone. */
  disconnect(agentId: string, detail: ChangeDetail): void {
    const known = this.#agents.get(agentId)
    if (known === undefined) return
    known.connections -= 1
    known.detail = detail
    this.#changed(agentId)
  }

  /** Tells everything at once and nothing afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    while (this.#telling !== undefined) await this.#telling
    await this.#tell([...this.#waiting.keys()])
  }

  #changed(agentId: string): void {
    const known = this.#agents.get(agentId)
    if (known === undefined) return
    const now = performance.now()
    if (known.connections > 0 === known.announced) {
      this.#waiting.delete(agentId)
      if (!known.announced) this.#forget(agentId, known.announcedAt)
      return
    }
    this.#changedAt = now
    if (!this.#waiting.has(agentId)) this.#waiting.set(agentId, now)
    this.#schedule(GATHER_MS)
  }

  #forget(agentId: string, announcedAt: number): void {
    this.#agents.delete(agentId)
    this.#left.delete(agentId)
    this.#left.set(agentId, announcedAt)
    const until = performance.now() - CHANGE_MS
    for (const [oldest, at] of this.#left) {
      if (at > until) return
      this.#left.delete(oldest)
    }
  }

  #schedule(delayMs: number): void {
    const isBusy = this.#timer !== undefined || this.#telling !== undefined
    if (isBusy || this.#stopped || this.#waiting.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#telling = this.#tellDue().finally(() => {
        this.#telling = undefined
        this.#schedule(GATHER_MS * 5)
      })
    }, delayMs)
  }

  async #tellDue(): Promise<void> {
    const now = performance.now()
    if (this.#isStorm(now)) return
    const due: string[] = []
    for (const agentId of this.#waiting.keys()) {
      const { announcedAt } = this.#agents.get(agentId) as AgentPresence
      if (now - announcedAt >= CHANGE_MS) due.push(agentId)
      if (due.length === BATCH) break
    }
    await this.#tell(due)
  }

  #isStorm(now: number): boolean {
    if (this.#waiting.size <= CALM_CHANGES || now - this.#changedAt >= QUIET_MS) return false
    for (const since of this.#waiting.values()) return now - since < STORM_MS
    return false
  }

  async #tell(agentIds: readonly string[]): Promise<void> {
    if (agentIds.length === 0) return
    const changes = agentIds.map((agentId) => {
      const known = this.#agents.get(agentId) as AgentPresence
      this.#waiting.delete(agentId)
      known.announced = known.connections > 0
      known.announcedAt = performance.now()
      return { known, agent: known.agent, connected: known.announced, detail: known.detail }
    })
    try {
      await this.#deps.store.transact(async (tx) => {
        for (const { agent, connected, detail } of changes) {
          await tx.append(this.#event(agent, connected, detail))
          if (connected) await tx.putPresence(agent)
          else await tx.deletePresence(agent.agentId)
        }
      })
    } catch (error) {
      logger.error('cannot tell of {count} connections: {error}', { count: changes.length, error })
      // It was not told, and will be tried again unless nothing can be written any more.
      for (const { known, connected } of changes) known.announced = !connected
      if (error instanceof StoreFailed && error.reason !== 'unavailable') this.#stopped = true
    }
    for (const { known } of changes) this.#changed(known.agent.agentId)
  }

  #event(agent: NamedAgent, connected: boolean, detail: ChangeDetail) {
    const { events, debugEvents } = this.#deps
    return events.connection(
      connected ? 'agent.connected' : 'agent.disconnected',
      agent,
      debugEvents ? detail : {},
    )
  }
}
