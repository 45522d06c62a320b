import type { FaultName, Plan } from './plan.ts'
import { subscriptionPlan } from './plan.ts'
import type { NodeHost } from './node-host.ts'
import type { World } from './platform.ts'
import { Random } from './random.ts'
import type { ServerHost } from './server-host.ts'

/** What can be damaged. */
export interface FaultsOptions {
  readonly world: World
  readonly plan: Plan
  readonly server: ServerHost
  /** The first node of every agent … */
  readonly nodes: readonly NodeHost[]
  /** … and the one that may take its agent over. */
  readonly rivals: readonly NodeHost[]
  trace(line: string): void
}

/** Does the faults of a plan, at random times, until everything is healed. */
export class Faults {
  /** How often each was done. */
  readonly done: Partial<Record<FaultName, number>> = {}
  readonly #options: FaultsOptions
  readonly #random: Random
  #isHealed = false

  constructor(options: FaultsOptions) {
    this.#options = options
    this.#random = new Random(options.plan.seed, 'faults')
  }

  start(): void {
    const { plan } = this.#options
    if (plan.faults.length > 0) this.#later(2 * plan.faultEveryMs, () => this.#next())
  }

  /** Ends all damage: everything runs, nobody misbehaves, and the rivals are gone. */
  heal(): void {
    const { world, server, nodes, rivals, trace } = this.#options
    trace('all faults end')
    this.#isHealed = true
    world.network.weather.lostAnswers = 0
    world.network.weather.latencyMs = 4
    world.network.partitioned.clear()
    server.fullUntil = 0
    for (const rival of rivals) rival.crash()
    for (const node of nodes) node.start()
  }

  #next(): void {
    const { plan, trace } = this.#options
    if (this.#isHealed) return
    const name = this.#random.pick(plan.faults)
    trace(`fault: ${name}`)
    this.done[name] = (this.done[name] ?? 0) + 1
    this.#do(name)
    this.#later(2 * plan.faultEveryMs, () => this.#next())
  }

  #do(name: FaultName): void {
    const { world, server, nodes, rivals } = this.#options
    const random = this.#random
    const { weather, connections } = world.network
    const connection = connections.size > 0 ? random.pick([...connections]) : undefined
    switch (name) {
      case 'server_crash':
        if (!server.isRunning) return
        server.crash()
        return this.#restart(server)
      case 'server_restart':
        return server.stop(() => this.#restart(server))
      case 'node_crash': {
        const node = random.pick(nodes)
        node.crash()
        return this.#return(node)
      }
      case 'node_restart': {
        const node = random.pick(nodes)
        return node.stop(() => this.#return(node))
      }
      case 'cut':
        return connection?.cut('network')
      case 'half_open':
        if (connection === undefined) return
        connection.silentToClient ||= random.chance(0.7)
        connection.silentToServer ||= random.chance(0.7)
        return
      case 'partition':
        return this.#partition()
      case 'stall':
        return this.#stall()
      case 'disk_full':
        server.fullUntil = world.scheduler.now + random.between(50, 3_000)
        return
      case 'lost_answers':
        weather.lostAnswers = 0.5
        return this.#later(5_000, () => (weather.lostAnswers = 0))
      case 'take_over': {
        const rival = random.pick(rivals)
        rival.subscription = (nodes[rivals.indexOf(rival)] as NodeHost).subscription
        rival.start()
        return this.#later(8_000, () => (random.chance(0.5) ? rival.crash() : rival.stop(() => {})))
      }
      case 'clock_jump':
        world.wallStart += random.between(-1, 1) * random.pick([2_000, 60_000, 7_200_000])
        return
      case 'slow_network':
        weather.latencyMs = random.between(20, 300)
        return this.#later(5_000, () => (weather.latencyMs = 4))
    }
  }

  #restart(server: ServerHost): void {
    const ms = this.#random.chance(0.2)
      ? this.#random.between(3_000, 20_000)
      : this.#random.between(20, 1_500)
    this.#at(ms, () => server.start())
  }

  /** A node comes back, perhaps with another configuration. */
  #return(node: NodeHost): void {
    const { plan } = this.#options
    if (plan.resubscribes && this.#random.chance(0.5))
      node.subscription = subscriptionPlan(plan, this.#random)
    this.#at(this.#random.between(5, 4_000), () => node.start())
  }

  #partition(): void {
    const { network } = this.#options.world
    const node = this.#random.pick(this.#options.nodes).host
    if (node === undefined) return
    network.partitioned.add(node)
    for (const connection of network.connections) {
      if (connection.hosts.client !== node) continue
      connection.silentToClient = true
      connection.silentToServer = true
    }
    this.#later(20_000, () => network.partitioned.delete(node))
  }

  #stall(): void {
    const { world, server, nodes } = this.#options
    const ms = this.#random.between(50, this.#random.pick([500, 15_000]))
    if (this.#random.chance(0.3)) return server.stall(ms)
    const { host } = this.#random.pick(nodes)
    host?.stall(world.scheduler.now + ms)
  }

  /** At a random time within `mostMs`. */
  #later(mostMs: number, work: () => void): void {
    this.#at(this.#random.between(0, mostMs), work)
  }

  #at(ms: number, work: () => void): void {
    const { scheduler, machine } = this.#options.world
    scheduler.at(machine, scheduler.now + ms, work)
  }
}
