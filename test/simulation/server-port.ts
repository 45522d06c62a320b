import type { Server, ServerWebSocket } from 'bun'
import { OPERATOR } from '../../packages/server/src/domain/principal.ts'
import type { Wiring } from '../../packages/server/src/wiring.ts'
import { type ClientSocket, Connection, type ServerEnd } from './connection.ts'
import { FrameCheck } from './frame-check.ts'
import type { History } from './history.ts'
import type { Mutation } from './mutations.ts'
import type { Port } from './network.ts'
import type { World } from './platform.ts'
import type { Host } from './scheduler.ts'

/** What a port is made from. */
export interface PortOptions {
  readonly world: World
  readonly history: History
  readonly host: Host
  readonly wiring: Wiring
  readonly mutation: Mutation | undefined
  /** Position of the newest committed entry. */
  head(): number
  /** A connection is there, with what looks at its frames. */
  opened(check: FrameCheck): void
  trace(line: string): void
}

/** Puts a server behind the simulated network, in the place of `Bun.serve`. */
export function openPort(options: PortOptions): Port {
  const { host, wiring } = options
  const { attach, websocket } = wiring.delivery
  const handlers = websocket as Required<typeof websocket>
  const bun = (socket: unknown) => socket as ServerWebSocket<unknown>
  const end: ServerEnd = {
    frame: (socket, text) => void handlers.message(bun(socket), text),
    drained: (socket) => void handlers.drain(bun(socket)),
    closed: (socket, code, reason) => void handlers.close(bun(socket), code, reason),
  }
  return {
    host,
    services: wiring.services,
    upgrade: (client, socket) => {
      let connection: Connection | undefined
      const upgrade = (_request: Request, { data }: { data: unknown }) => {
        connection = connect(options, { client, socket, data, end })
        connection.toClient(() => socket.opened())
        void handlers.open(bun(connection.server))
        return true
      }
      const request = new Request('http://simulated/v1/attach')
      const server = { upgrade } as unknown as Server<unknown>
      void attach.upgrade(request, server, { principal: OPERATOR, address: '127.0.0.1' })
      if (connection === undefined) throw new Error('the gateway made no connection')
      return connection
    },
  }
}

interface Upgrade {
  readonly client: Host
  readonly socket: ClientSocket
  readonly data: unknown
  readonly end: ServerEnd
}

function connect(options: PortOptions, { client, socket, data, end }: Upgrade): Connection {
  const { world, history, host, mutation, head, trace } = options
  const check = new FrameCheck({ history, head })
  options.opened(check)
  const connection = {
    scheduler: world.scheduler,
    client,
    server: host,
    data,
    end,
    latency: world.network.latency,
    sent: (text: string) => {
      const frames = mutation?.sent?.(text) ?? [text]
      for (const frame of frames) {
        check.sent(frame)
        trace(`${host.name} -> ${client.name} ${frame}`)
      }
      return frames
    },
    arrived: (text: string) => {
      trace(`${client.name} -> ${host.name} ${text}`)
      check.arrived(text)
      return mutation?.arrived?.(text) ?? [text]
    },
  }
  return new Connection(connection, socket)
}
