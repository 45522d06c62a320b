import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { AttachmentConfig } from '@moltnet/config'
import { AgentId, NetworkId, RoomId } from '@moltnet/protocol'
import { getLogger } from '@logtape/logtape'
import { CompletedMessages } from '../../packages/node/src/attachment/completed.ts'
import { attachAdapter } from '../../packages/node/src/attachment/attach-adapter.ts'
import { SessionStore } from '../../packages/node/src/attachment/session-store.ts'
import { Gate } from '../../packages/node/src/gate.ts'
import { type AttachmentPort, Supervisor } from '../../packages/node/src/supervisor.ts'
import type { History } from './history.ts'
import { BASE_URL, NETWORK } from './names.ts'
import type { Plan, SubscriptionPlan } from './plan.ts'
import type { World } from './platform.ts'
import { Runtime } from './runtime.ts'
import { Host } from './scheduler.ts'

/** How long a node that was taken over waits, in milliseconds: not the usual ten minutes. */
const TAKEN_OVER_MS = 30_000

/** How long a stopping node lets its turns run, in milliseconds. */
const STOP_GRACE_MS = 1_000

/** What a simulated node is made from. */
export interface NodeHostOptions {
  readonly world: World
  readonly history: History
  readonly plan: Plan
  readonly agentId: string
  /** Tells two nodes of one agent apart. */
  readonly name: string
  /** Its disk. */
  readonly folder: string
  /** Its journal does not outlive its process. */
  readonly losesJournal: boolean
  /** Whether runtimes misbehave now. */
  isCalm(): boolean
  trace(line: string): void
}

/** The machine of one agent: its disk outlives the processes. */
export class NodeHost {
  subscription: SubscriptionPlan
  readonly #options: NodeHostOptions
  readonly #runtime: Runtime
  #host: Host | undefined
  #supervisor: Supervisor | undefined
  #starts = 0

  constructor(options: NodeHostOptions, subscription: SubscriptionPlan) {
    this.#options = options
    this.subscription = subscription
    this.#runtime = new Runtime(options)
  }

  get host(): Host | undefined {
    return this.#host
  }

  start(): void {
    if (this.#host !== undefined) return
    const { world, agentId, name, trace } = this.#options
    const host = new Host(`${name} ${++this.#starts}`)
    this.#host = host
    const config = this.#config()
    world.scheduler.at(host, world.scheduler.now, () => {
      trace(`${host.name} of ${agentId} starts: ${JSON.stringify(this.subscription)}`)
      const run = (_: AttachmentConfig, stop: AbortSignal, port: AttachmentPort) =>
        this.#run(config, stop, port)
      this.#supervisor = new Supervisor([config], run)
      this.#supervisor.start()
    })
  }

  /** The process is killed, and with it the turns that it runs. */
  crash(): void {
    const host = this.#host
    if (host === undefined) return
    this.#options.trace(`${host.name} is killed`)
    this.#host = undefined
    this.#supervisor = undefined
    host.isAlive = false
    this.#runtime.crash()
    this.#options.world.network.lose(host)
    if (this.#options.losesJournal) rmSync(this.#path('completed'), { force: true })
  }

  /** The process ends itself in order; `done` is called when it has. */
  stop(done: () => void): void {
    const host = this.#host
    if (host === undefined) return
    const { world, trace } = this.#options
    trace(`${host.name} stops`)
    world.scheduler.at(host, world.scheduler.now, () => {
      const stopped = async () => {
        await this.#supervisor?.stop()
        if (this.#host !== host) return
        trace(`${host.name} has stopped`)
        this.crash()
        done()
      }
      void stopped()
    })
  }

  async #run(config: AttachmentConfig, stop: AbortSignal, port: AttachmentPort): Promise<void> {
    const { agentId, plan, trace } = this.#options
    const completed = CompletedMessages.open(this.#path('completed'))
    const options = {
      config,
      credential: { token: () => undefined, claimed: async () => {} },
      files: { cursor: this.#path('cursor') },
      adapter: this.#runtime,
      completed,
      sessions: SessionStore.open(this.#path('sessions')),
      logger: getLogger(['moltnet', 'node']),
      gate: new Gate(1),
      stopGraceMs: STOP_GRACE_MS,
      window: plan.window,
      timing: { takenOverMs: TAKEN_OVER_MS },
    }
    try {
      await attachAdapter(options, stop, port)
    } catch (error) {
      trace(`${agentId}: ${String(error)}`)
      throw error
    } finally {
      completed.close()
    }
  }

  #path(name: string): string {
    return join(this.#options.folder, `${this.#options.name}-${name}`)
  }

  #config(): AttachmentConfig {
    const { agentId, plan } = this.#options
    const { rooms, dms } = this.subscription
    return {
      agent: { id: AgentId.parse(agentId) },
      moltnet: {
        baseUrl: BASE_URL,
        networkId: NetworkId.parse(NETWORK),
        authMode: 'none',
        registration: 'disabled',
        token: { kind: 'none' },
      },
      runtime: { kind: 'webhook', url: 'http://unused' },
      rooms: rooms.map(({ id, wake, approval }) => ({ id: RoomId.parse(id), wake, approval })),
      dms: { enabled: dms.enabled, wake: 'all', approval: dms.approval },
      finalText: 'ignore',
      maxConcurrent: plan.maxConcurrent,
      turnTimeoutMs: plan.turnTimeoutMs,
      bootstrap: 'none',
      guards: {},
      sessionPrefix: `agent:${agentId}`,
    }
  }
}
