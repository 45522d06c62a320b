import { copyFileSync, existsSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerConfig } from '@moltnet/config'
import type { Store } from '../../packages/server/src/store/port.ts'
import { openSqliteStore } from '../../packages/server/src/store/sqlite/store.ts'
import { wireServer, type Wiring } from '../../packages/server/src/wiring.ts'
import { checkScans } from './checks.ts'
import type { History } from './history.ts'
import type { Mutation } from './mutations.ts'
import { observedStore, type StoreWatch } from './observed-store.ts'
import { wallClock, type World } from './platform.ts'
import { Host } from './scheduler.ts'
import type { FrameCheck } from './frame-check.ts'
import { openPort } from './server-port.ts'

/** When a server that could not start is started again, in milliseconds. */
const RESTART_MS = 1_000

/** What a simulated server is made from. */
export interface ServerHostOptions {
  readonly world: World
  readonly history: History
  readonly config: ServerConfig
  readonly folder: string
  readonly mutation: Mutation | undefined
  /** Agents that may have a durable consumer. */
  readonly agentIds: readonly string[]
  trace(line: string): void
}

interface Running {
  readonly host: Host
  readonly store: Store
  readonly wiring: Wiring
}

/** The machine that a server runs on: its disk outlives the processes. */
export class ServerHost {
  /** Until when the disk has no room. */
  fullUntil = 0
  readonly #options: ServerHostOptions
  readonly #checks = new Set<FrameCheck>()
  /** Agents of the actors that have a durable consumer. */
  readonly #agents = new Map<string, string>()
  #running: Running | undefined
  #starts = 0
  #path: string

  constructor(options: ServerHostOptions) {
    this.#options = options
    this.#path = join(options.folder, 'moltnet-0.db')
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** The store, for whoever looks at the end. */
  get store(): Store {
    if (this.#running === undefined) throw new Error('the server does not run')
    return this.#running.store
  }

  /** Agents by the actors that have a durable consumer. */
  get agents(): ReadonlyMap<string, string> {
    return this.#agents
  }

  get wiring(): Wiring {
    if (this.#running === undefined) throw new Error('the server does not run')
    return this.#running.wiring
  }

  /** Starts a process on what is on the disk. Runs as the host itself. */
  start(): void {
    const { world, config, mutation, trace } = this.#options
    const host = new Host(`server ${++this.#starts}`)
    world.scheduler.at(host, world.scheduler.now, () => {
      const store = observedStore(
        openSqliteStore(this.#path, {
          networkId: config.network.id,
          networkName: config.network.name,
          aliases: [],
          clock: () => BigInt(wallClock(world)) * 1_000_000n,
        }),
        this.#watch(),
        mutation,
      )
      this.#serve(host, store).catch((error: unknown) => {
        trace(`${host.name} cannot start: ${String(error)}`)
        host.isAlive = false
        const again = world.scheduler.now + RESTART_MS
        world.scheduler.at(world.machine, again, () => {
          void store.close().then(() => this.start())
        })
      })
    })
  }

  /** The process is killed. */
  crash(): void {
    const running = this.#running
    if (running === undefined) return
    const { world, trace } = this.#options
    trace(`${running.host.name} is killed`)
    this.#running = undefined
    world.network.port = undefined
    running.host.isAlive = false
    world.network.lose(running.host)
    this.#keepDisk()
  }

  /** The process ends itself in order; `done` is called when it has. */
  stop(done: () => void): void {
    const running = this.#running
    if (running === undefined) return
    const { world, trace } = this.#options
    const { host, store, wiring } = running
    trace(`${host.name} stops`)
    this.#running = undefined
    world.network.port = undefined
    world.scheduler.at(host, world.scheduler.now, () => {
      const stopped = async () => {
        await wiring.delivery.stop()
        await wiring.retention.stop()
        await store.close()
        host.isAlive = false
        world.network.lose(host)
        done()
      }
      void stopped()
    })
  }

  async #serve(host: Host, store: Store): Promise<void> {
    const { world, config, history, trace } = this.#options
    await this.#learn(store)
    await checkScans(store, { history, agents: this.#agents })
    const now = () => Date.now()
    const wiring = await wireServer({ store, config, version: '0', now })
    await wiring.delivery.start()
    wiring.retention.start()
    this.#running = { host, store, wiring }
    world.network.port = openPort({
      ...this.#options,
      host,
      wiring,
      head: () => store.head,
      opened: (check) => this.#checks.add(check),
    })
    trace(`${host.name} listens`)
  }

  /** What a process wrote that was killed before it could say so. */
  async #learn({ read }: Store): Promise<void> {
    const { history, agentIds } = this.#options
    for (;;) {
      const entries = await read.readLog(history.log.size, 500)
      if (entries.length === 0) break
      history.committed(entries)
    }
    for (const agentId of agentIds) {
      const agent = await read.agent(agentId)
      const consumer = agent && (await read.consumer(agent.actorUid))
      if (consumer === undefined) continue
      const { actorUid, bindings } = consumer
      this.#agents.set(actorUid, agentId)
      const known = history.consumers.findLast((record) => record.agentId === agentId)
      if (JSON.stringify(known?.bindings) === JSON.stringify(bindings)) continue
      history.consumers.push({ agentId, bindings, head: history.log.size })
    }
  }

  /** Its event loop does nothing for a while. */
  stall(ms: number): void {
    this.#running?.host.stall(this.#options.world.scheduler.now + ms)
  }

  /** An operator had a wake delivered after all, which may then come again on its connection. */
  delivered(agentId: string, messageId: string): void {
    for (const check of this.#checks) if (check.agentId === agentId) check.mayComeAgain(messageId)
  }

  /** What is on the disk now is what the next process finds; the handles of the dead one point elsewhere. */
  #keepDisk(): void {
    const before = this.#path
    this.#path = join(this.#options.folder, `moltnet-${this.#starts}.db`)
    for (const suffix of ['', '-wal']) {
      if (existsSync(before + suffix)) copyFileSync(before + suffix, this.#path + suffix)
    }
    const log = `${this.#path}-wal`
    if (this.#options.mutation?.losesCommits === true && existsSync(log)) {
      truncateSync(log, Math.floor(statSync(log).size / 2))
    }
  }

  #watch() {
    const { world, history } = this.#options
    return {
      isFull: () => world.scheduler.now < this.fullUntil,
      consumerStored: ({ actorUid, agentId, bindings }, head) => {
        this.#agents.set(actorUid, agentId)
        history.consumers.push({ agentId, bindings, head })
      },
      consumerDeleted: (actorUid) => {
        const agentId = this.#agents.get(actorUid)
        if (agentId !== undefined) history.consumers.push({ agentId, bindings: undefined, head: 0 })
      },
      committed: (entries) => history.committed(entries),
    } satisfies StoreWatch
  }
}
