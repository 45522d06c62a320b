import { closeSync } from 'node:fs'
import type { ServerConfig } from '@moltnet/config'
import { checkEnd, ledgerOf } from './checks.ts'
import { Faults } from './faults.ts'
import { History, type Violation } from './history.ts'
import type { Mutation } from './mutations.ts'
import { Network } from './network.ts'
import { NodeHost } from './node-host.ts'
import { Operator } from './operator.ts'
import { enter, type World } from './platform.ts'
import { type FaultName, type Plan, planOf, subscriptionPlan } from './plan.ts'
import { Random } from './random.ts'
import { Host, Scheduler } from './scheduler.ts'
import { ServerHost } from './server-host.ts'
import { Watcher } from './watcher.ts'
import { Writers } from './writers.ts'

/** 2027-01-15 08:00 UTC, when every world begins. */
const BEGINNING_MS = 1_800_000_000_000

/** How long a world may take to come to rest once its faults have ended, in milliseconds. */
const REST_MS = 1_800_000

/** How often it is looked whether it has, in milliseconds. */
const LOOK_MS = 1_000

/** What one world is simulated with. */
export interface SimulationOptions {
  readonly seed: number
  readonly config: ServerConfig
  /** The disks of its machines; `moltnet-0.db` is what the server starts from. */
  readonly folder: string
  readonly mutation?: Mutation
  /** Takes a line for everything that happens. */
  readonly trace?: (line: string) => void
}

/** How a world went. */
export interface Outcome {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly faults: Partial<Record<FaultName, number>>
  readonly messages: number
  readonly wakes: number
  readonly turns: number
  readonly steps: number
  /** How long it lasted by its own clock, in milliseconds. */
  readonly virtualMs: number
}

/**
 * Simulates one world from its beginning to its end, in one go: the same seed does the same. Call from a
 * turn of the event loop of its own, after `installPlatform`.
 */
export function simulate(options: SimulationOptions): Outcome {
  const simulation = new Simulation(options)
  try {
    return simulation.run()
  } finally {
    enter(undefined)
    simulation.close()
  }
}

class Simulation {
  readonly #plan: Plan
  readonly #history = new History()
  readonly #world: World
  readonly #server: ServerHost
  readonly #nodes: NodeHost[]
  readonly #rivals: NodeHost[]
  readonly #writers: Writers
  readonly #watcher: Watcher
  readonly #operator: Operator
  readonly #faults: Faults
  readonly #options: SimulationOptions
  #isCalm = false
  #wakes = 0
  #isSettled = false

  constructor(options: SimulationOptions) {
    const { seed, folder, mutation } = options
    this.#options = options
    this.#plan = planOf(seed)
    const machine = new Host('machine')
    const scheduler = new Scheduler(machine, (host, error) => {
      this.#history.violate('uncaught error', `${host.name}: ${textOf(error)}`)
    })
    const network = new Network(scheduler, new Random(seed, 'network'))
    this.#world = {
      scheduler,
      network,
      machine,
      random: new Random(seed, 'code'),
      wallStart: BEGINNING_MS,
      files: new Set(),
      newestTime: 0,
    }
    const shared = {
      world: this.#world,
      history: this.#history,
      plan: this.#plan,
      folder,
      isCalm: () => this.#isCalm,
      trace: (line: string) => this.#trace(line),
    }
    this.#server = new ServerHost({
      ...shared,
      config: this.#config(),
      mutation,
      agentIds: this.#plan.agents,
    })
    const random = new Random(seed, 'subscriptions')
    const losesJournal = mutation?.losesJournal === true
    const node = (agentId: string, suffix: string) =>
      new NodeHost(
        { ...shared, agentId, name: `${agentId}${suffix}`, losesJournal },
        subscriptionPlan(this.#plan, random),
      )
    this.#nodes = this.#plan.agents.map((agentId) => node(agentId, '-a'))
    this.#rivals = this.#plan.agents.map((agentId) => node(agentId, '-b'))
    this.#writers = new Writers(shared)
    this.#watcher = new Watcher(this.#history, seed)
    this.#operator = new Operator({ ...shared, server: this.#server })
    const { nodes, rivals } = { nodes: this.#nodes, rivals: this.#rivals }
    this.#faults = new Faults({ ...shared, server: this.#server, nodes, rivals })
  }

  /** Closes what killed processes have left open, as the machine does. */
  close(): void {
    for (const file of this.#world.files) closeSync(file)
  }

  run(): Outcome {
    const { scheduler } = this.#world
    enter(this.#world)
    this.#trace(`plan: ${JSON.stringify(this.#plan)}`)
    this.#server.start()
    scheduler.run(60_000, () => this.#server.isRunning)
    for (const node of this.#nodes) node.start()
    this.#on('watcher', () => void this.#watcher.watch())
    this.#on('writers', () => this.#writers.start())
    this.#on('operator', () => void this.#operator.work())
    this.#faults.start()
    this.#runUntil(scheduler.now + this.#plan.faultMs)
    this.#isCalm = true
    this.#faults.heal()
    this.#rest()
    return {
      seed: this.#plan.seed,
      violations: this.#history.violations,
      faults: this.#faults.done,
      messages: this.#history.accepted.size,
      wakes: this.#wakes,
      turns: this.#history.turns.length,
      steps: scheduler.steps,
      virtualMs: Math.round(scheduler.now),
    }
  }

  /** Waits until nothing is left to be delivered, then checks what is left. */
  #rest(): void {
    const { scheduler } = this.#world
    const until = scheduler.now + REST_MS
    while (!this.#isSettled && scheduler.now < until) {
      this.#runUntil(scheduler.now + LOOK_MS)
      if (this.#looksSettled()) this.#ask(async () => this.#lookClosely())
    }
    if (!this.#isSettled) this.#history.violate('never at rest', this.#state())
    if (!this.#server.isRunning) return
    const { store, agents } = this.#server
    const { newestTime } = this.#world
    const history = this.#history
    this.#ask(async () => {
      await this.#server.wiring.delivery.ledger.flush()
      const { wakes } = await checkEnd(store, { history, plan: this.#plan, agents, newestTime })
      this.#wakes = wakes
    })
    const missing = this.#watcher.missing
    if (missing.length > 0) history.violate('v1 attachment missed events', missing.slice(0, 8).join(' '))
  }

  #looksSettled(): boolean {
    if (!this.#writers.isDone || !this.#server.isRunning) return false
    if (this.#history.turns.some(({ outcome }) => outcome === undefined)) return false
    const { stats } = this.#server.wiring.delivery
    return stats.consumers === this.#nodes.length && stats.pendingWakes === 0
  }

  async #lookClosely(): Promise<void> {
    await this.#server.wiring.delivery.ledger.flush()
    const lines = await ledgerOf(this.#server.store)
    this.#isSettled = lines.every(({ endedAt }) => endedAt > 0) && this.#watcher.missing.length === 0
  }

  /** Has the server's own process look at something, and waits for it. */
  #ask(look: () => Promise<void>): void {
    let isOver = false
    this.#on('judge', () => {
      void look().finally(() => {
        isOver = true
      })
    })
    this.#world.scheduler.run(this.#world.scheduler.now + 10_000, () => isOver)
    if (!isOver) this.#history.violate('never at rest', 'the ledger does not answer')
  }

  #on(name: string, work: () => void): void {
    const { scheduler } = this.#world
    scheduler.at(new Host(name), scheduler.now, work)
  }

  #runUntil(time: number): void {
    this.#world.scheduler.run(time, () => false)
  }

  #config(): ServerConfig {
    const { config } = this.#options
    const { agents, rooms, maxAttempts, expireMs, maxCount, stallMs } = this.#plan
    const members = agents as unknown as ServerConfig['rooms'][number]['members']
    return {
      ...config,
      server: { ...config.server, limits: { ...config.server.limits, stallMs } },
      delivery: { maxAttempts, expireTargetedMs: expireMs, expireOtherMs: expireMs },
      storage: { ...config.storage, events: { ...config.storage.events, maxCount } },
      rooms: rooms.map((id) => ({
        id: id as ServerConfig['rooms'][number]['id'],
        name: id,
        members,
        visibility: 'private',
        writePolicy: 'members',
      })),
    }
  }

  #state(): string {
    const running = this.#history.turns.filter(({ outcome }) => outcome === undefined).length
    const server = this.#server.isRunning ? this.#server.wiring.delivery.stats : undefined
    return JSON.stringify({
      written: this.#writers.isDone,
      running,
      consumers: server?.consumers,
      pending: server?.pendingWakes,
      missing: this.#watcher.missing.length,
    })
  }

  #trace(line: string): void {
    this.#options.trace?.(`${(this.#world.scheduler.now / 1_000).toFixed(3).padStart(9)}  ${line}`)
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
