import type { ClientFrame, ConsumerState, EventFrame, Message, Target } from '@moltnet/protocol'
import { ATTACH_VERSION, MoltnetEvent } from '@moltnet/protocol'
import type { Server, ServerWebSocket } from 'bun'
import { until } from './temp.ts'

type Identify = Extract<ClientFrame, { op: 'IDENTIFY' }>

/** One socket of the scripted server. */
export interface FakeSocket {
  /** Frames that the node sent, PONGs left out. */
  frames: ClientFrame[]
  identify: Identify | undefined
  closed: boolean
  /** Sends an EVENT with a new message; returns it. */
  wake(message: Message, more?: Partial<EventFrame>): EventFrame
  send(frame: object): void
  sendEvent(event: object): void
  close(code?: number, reason?: string): void
  terminate(): void
}

/** What the scripted server does; may be changed at any time. */
export interface FakeServerOptions {
  networkId?: string
  /** Answers IDENTIFY like a v1 server: READY without `consumer`. */
  v1?: boolean
  /** Rooms that READY reports as not readable. */
  rejected?: ConsumerState['rejected']
  /** `GET /v1/network`: this status instead of 200. */
  networkStatus?: number
  /** Replaces parts of the network answer. */
  network?: Record<string, unknown>
  /** The token that is needed. */
  token?: string
  /** Shown once in the READY of a socket that came without a token. */
  agentToken?: string
  port?: number
}

/** A server that does exactly what the test says: `moltnet.attach.v1` over a real socket. */
export class FakeServer implements Disposable {
  readonly sockets: FakeSocket[] = []
  /** Bodies of `POST /v1/messages`. */
  readonly posted: Record<string, unknown>[] = []
  /** Authorization headers of `GET /v1/network`. */
  readonly networkReads: (string | null)[] = []
  readonly options: FakeServerOptions
  readonly #server: Server<{ socket?: FakeSocket; anonymous: boolean }>
  readonly port: number
  #position = 0

  constructor(options: FakeServerOptions = {}) {
    this.options = options
    this.#server = Bun.serve<{ socket?: FakeSocket; anonymous: boolean }>({
      port: options.port ?? 0,
      hostname: '127.0.0.1',
      fetch: (request, server) => this.#fetch(request, server),
      websocket: {
        open: (ws) => this.#open(ws),
        message: (ws, text) => this.#message(ws, JSON.parse(String(text)) as ClientFrame),
        close: (ws) => {
          if (ws.data.socket) ws.data.socket.closed = true
        },
      },
    })
    this.port = this.#server.port as number
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get networkId(): string {
    return this.options.networkId ?? 'local'
  }

  /** The n-th socket that got READY. */
  async attached(count = 1): Promise<FakeSocket> {
    return await until(`${count} attached sockets`, () => this.#identified()[count - 1])
  }

  /** A message as the server would store it. */
  message(text: string, more: Partial<Message> = {}): Message {
    this.#position += 1
    const id = more.id ?? `msg_${this.#position}`
    return {
      id,
      network_id: this.networkId,
      origin: { network_id: this.networkId, message_id: id },
      target: { kind: 'room', room_id: 'general' },
      from: { type: 'human', id: 'ada', name: 'Ada', network_id: this.networkId },
      parts: [{ kind: 'text', text }],
      created_at: `2026-04-01T09:00:00.${String(this.#position).padStart(9, '0')}Z`,
      ...more,
    } as Message
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true)
  }

  #identified(): FakeSocket[] {
    return this.sockets.filter((socket) => socket.identify !== undefined)
  }

  async #fetch(request: Request, server: Server<{ socket?: FakeSocket; anonymous: boolean }>) {
    const { pathname } = new URL(request.url)
    const authorization = request.headers.get('authorization')
    const { token, networkStatus } = this.options
    if (pathname === '/v1/network') {
      this.networkReads.push(authorization)
      if (networkStatus !== undefined && networkStatus !== 200) return problem(networkStatus)
    }
    if (token !== undefined && authorization !== `Bearer ${token}`) return problem(401)
    if (pathname === '/v1/network') return Response.json(this.#network())
    if (pathname === '/v1/attach') {
      if (server.upgrade(request, { data: { anonymous: authorization === null } })) return undefined
      return problem(400)
    }
    if (pathname === '/v1/messages' && request.method === 'POST') {
      const body = (await request.json()) as Record<string, unknown>
      if (this.posted.some((known) => known.id === body.id)) return problem(409)
      this.posted.push(body)
      const accepted = {
        message_id: body.id,
        event_id: 'evt_x',
        accepted: true,
        thread_created: false,
        dm_created: false,
      }
      return Response.json(accepted, { status: 202 })
    }
    return problem(404)
  }

  #network() {
    return {
      id: this.networkId,
      name: 'Scripted',
      version: '1.0.0',
      protocols: { http: ['moltnet.http.v1'], attach: ['moltnet.attach.v1'], pair: ['moltnet.pair.v1'] },
      capabilities: { direct_messages: true, message_pagination: 'cursor', attachment_protocol: 'websocket' },
      ...this.options.network,
    }
  }

  #open(ws: ServerWebSocket<{ socket?: FakeSocket; anonymous: boolean }>): void {
    const send = (frame: object) => void ws.send(JSON.stringify({ version: ATTACH_VERSION, ...frame }))
    const sendEvent = (event: object, more: object = {}) => {
      this.#position += 1
      const id = `evt_0a1b2c3d.${this.#position}`
      const full = { id, network_id: this.networkId, created_at: '2026-04-01T09:00:00Z', ...event }
      const frame = {
        op: 'EVENT',
        network_id: this.networkId,
        cursor: id,
        event: MoltnetEvent.parse(full),
        ...more,
      }
      send(frame)
      return frame as EventFrame
    }
    const socket: FakeSocket = {
      frames: [],
      identify: undefined,
      closed: false,
      wake: (message, more) => sendEvent({ type: 'message.created', message }, more),
      send,
      sendEvent: (event) => void sendEvent(event),
      close: (code, reason) => ws.close(code ?? 1012, reason),
      terminate: () => ws.terminate(),
    }
    ws.data.socket = socket
    this.sockets.push(socket)
    send({ op: 'HELLO', heartbeat_interval_ms: 5000 })
  }

  #message(ws: ServerWebSocket<{ socket?: FakeSocket; anonymous: boolean }>, frame: ClientFrame): void {
    const socket = ws.data.socket as FakeSocket
    if (frame.op === 'PING') return socket.send({ op: 'PONG' })
    if (frame.op === 'PONG') return
    socket.frames.push(frame)
    if (frame.op !== 'IDENTIFY') return
    socket.identify = frame
    const { v1, rejected, agentToken } = this.options
    socket.send({
      op: 'READY',
      network_id: this.networkId,
      agent_id: frame.agent.id,
      actor_uid: 'actor_1',
      actor_uri: `molt://${this.networkId}/agents/${frame.agent.id}`,
      ...(agentToken !== undefined && ws.data.anonymous ? { agent_token: agentToken } : {}),
      ...(v1 || frame.consumer === undefined
        ? {}
        : { consumer: { durable: true, pending: 0, rejected: rejected ?? [] } }),
    })
  }
}

/** Frames of one kind that a socket got. */
export function framesOf<Op extends ClientFrame['op']>(socket: FakeSocket, op: Op) {
  return socket.frames.filter((frame): frame is Extract<ClientFrame, { op: Op }> => frame.op === op)
}

/** Waits for the ACKs of these cursors. */
export async function acked(socket: FakeSocket, ...events: { cursor: string }[]): Promise<void> {
  const wanted = events.map((event) => event.cursor)
  await until(`ACK of ${wanted.join(', ')}`, () => {
    const got = new Set(framesOf(socket, 'ACK').map((frame) => frame.cursor))
    return wanted.every((cursor) => got.has(cursor))
  })
}

/** Waits for the NACK of one cursor. */
export async function nacked(socket: FakeSocket, event: { cursor: string }) {
  return await until(`NACK of ${event.cursor}`, () =>
    framesOf(socket, 'NACK').find((frame) => frame.cursor === event.cursor),
  )
}

/** A thread of the room `general`. */
export function thread(id: string): Target {
  return { kind: 'thread', room_id: 'general', thread_id: id } as Target
}

function problem(status: number): Response {
  const codes: Record<number, string> = {
    401: 'unauthorized',
    403: 'forbidden',
    404: 'not_found',
    409: 'conflict',
  }
  const code =
    codes[status] ??
    (status === 503 ? 'service_unavailable' : status < 500 ? 'bad_request' : 'internal_error')
  return Response.json({ error: `status ${status}`, code, request_id: 'req_0' }, { status })
}
