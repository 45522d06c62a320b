import type { Services } from '../../packages/server/src/services/services.ts'
import { asMoltnetError, problem } from '../../packages/server/src/http/problem.ts'
import { OPERATOR } from '../../packages/server/src/domain/principal.ts'
import { CreateMessage } from '@moltnet/protocol'
import { ClientSocket, type Connection } from './connection.ts'
import type { Random } from './random.ts'
import type { Host, Scheduler } from './scheduler.ts'

/** A server as it listens. */
export interface Port {
  readonly host: Host
  readonly services: Services
  /** Turns a client's socket into a connection; throws what the gateway throws. */
  upgrade(client: Host, socket: ClientSocket): Connection
}

interface Pending {
  readonly client: Host
  readonly server: Host
  readonly reject: (error: Error) => void
}

/** How the network behaves; faults change it. */
export interface Weather {
  /** Longest usual time from one host to another, in milliseconds. */
  latencyMs: number
  /** Share of requests whose answer is lost after the server has done them. */
  lostAnswers: number
}

/** Everything between the hosts: connections and requests, with delay and loss. */
export class Network {
  readonly weather: Weather = { latencyMs: 4, lostAnswers: 0 }
  readonly connections = new Set<Connection>()
  /** Hosts whose packets go nowhere. */
  readonly partitioned = new Set<Host>()
  /** Who listens now. */
  port: Port | undefined
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #pending = new Set<Pending>()

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler
    this.#random = random
  }

  readonly latency = (): number => {
    // Most are quick; a few are held up.
    const { latencyMs } = this.weather
    return this.#random.chance(0.02)
      ? this.#random.between(latencyMs, 20 * latencyMs)
      : this.#random.between(0.1, latencyMs)
  }

  /** What `new WebSocket` makes. */
  connect(_url: string): ClientSocket {
    const client = this.#scheduler.current
    const socket = new ClientSocket()
    if (this.partitioned.has(client)) return socket
    const { port } = this
    const refuse = () => this.#at(client, () => socket.ended(1006, ''))
    if (port === undefined) {
      refuse()
      return socket
    }
    this.#at(port.host, () => {
      if (!client.isAlive || socket.readyState !== WebSocket.CONNECTING) return
      if (this.port !== port) return refuse()
      try {
        this.connections.add(port.upgrade(client, socket))
      } catch {
        // The client asks by a plain request why.
        refuse()
      }
    })
    return socket
  }

  /** What `fetch` does: messages are posted, and everything else is no WebSocket. */
  async fetch(_url: string, init: RequestInit): Promise<Response> {
    return await this.call(async (services) => {
      if (init.method !== 'POST') return new Response('this is no upgrade', { status: 426 })
      try {
        const body = CreateMessage.parse(JSON.parse(init.body as string))
        return Response.json(await services.messages.post(OPERATOR, body), { status: 202 })
      } catch (error) {
        return problem(asMoltnetError(error), 'req_simulated')
      }
    }, init.signal)
  }

  /** Has the server do something for the host that runs now; rejects when that or the answer is lost. */
  call<T>(work: (services: Services) => Promise<T>, signal?: AbortSignal | null): Promise<T> {
    const client = this.#scheduler.current
    const { port } = this
    return new Promise<T>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      if (this.partitioned.has(client)) return
      if (port === undefined) return this.#at(client, () => reject(refused()))
      const pending: Pending = { client, server: port.host, reject }
      this.#pending.add(pending)
      const answer = (settle: () => void) => {
        this.#pending.delete(pending)
        if (this.partitioned.has(client)) return
        const isLost = this.#random.chance(this.weather.lostAnswers)
        this.#at(client, isLost ? () => reject(reset()) : settle)
      }
      this.#at(port.host, () => {
        if (this.port !== port) return answer(() => reject(refused()))
        void work(port.services).then(
          (value) => answer(() => resolve(value)),
          (cause: unknown) => answer(() => reject(asError(cause))),
        )
      })
    })
  }

  /** A host is gone: its connections break off and its requests get no answer. */
  lose(host: Host): void {
    for (const connection of this.connections) {
      const { client, server } = connection.hosts
      if (client === host) connection.cut('client')
      if (server === host) connection.cut('server')
    }
    for (const pending of this.#pending) {
      if (pending.server !== host && pending.client !== host) continue
      this.#pending.delete(pending)
      this.#at(pending.client, () => pending.reject(reset()))
    }
    this.forgetOld()
  }

  /** Drops what is over. */
  forgetOld(): void {
    for (const connection of this.connections) if (connection.isOver) this.connections.delete(connection)
  }

  #at(host: Host, work: () => void): void {
    this.#scheduler.at(host, this.#scheduler.now + this.latency(), work)
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause))
}

function refused(): Error {
  return new TypeError('the connection was refused')
}

function reset(): Error {
  return new TypeError('the connection was reset')
}
