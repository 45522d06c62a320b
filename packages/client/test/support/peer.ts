import { ATTACH_VERSION, type ClientFrame } from '@moltnet/protocol'
import type { Server, ServerWebSocket } from 'bun'

/** Longest wait for something that a test expects, in milliseconds. */
const PATIENCE_MS = 5_000

/** Values that arrive, to be awaited one by one. */
export class Mailbox<T> {
  readonly #values: T[] = []
  readonly #takers: ((value: T) => void)[] = []

  put(value: T): void {
    const taker = this.#takers.shift()
    if (taker === undefined) this.#values.push(value)
    else taker(value)
  }

  get size(): number {
    return this.#values.length
  }

  async take(what: string, patienceMs = PATIENCE_MS): Promise<T> {
    if (this.#values.length > 0) return this.#values.shift() as T
    return await within(new Promise<T>((resolve) => this.#takers.push(resolve)), what, patienceMs)
  }
}

/** Rejects when `promise` takes longer than a test should wait. */
export async function within<T>(promise: Promise<T>, what: string, patienceMs = PATIENCE_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patienceMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until `condition` holds, looking every millisecond. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const endsAt = performance.now() + PATIENCE_MS
  while (!condition()) {
    if (performance.now() > endsAt) throw new Error(`waited in vain for ${what}`)
    await Bun.sleep(1)
  }
}

type Frame<Op extends ClientFrame['op']> = Extract<ClientFrame, { op: Op }>

interface SocketData {
  connection: PeerConnection
  authorization: string | undefined
}

/** One attachment socket as the server sees it, driven by the test. */
export class PeerConnection {
  readonly authorization: string | undefined
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #frames = new Mailbox<ClientFrame>()
  readonly #close = Promise.withResolvers<{ code: number; reason: string }>()
  socket: ServerWebSocket<SocketData> | undefined

  constructor(authorization: string | undefined) {
    this.authorization = authorization
    this.closed = this.#close.promise
  }

  onFrame(text: string): void {
    const frame = JSON.parse(text) as ClientFrame
    if (frame.op !== 'PING' || !this.ignorePings) this.#frames.put(frame)
  }

  /** PINGs of the client are not reported while set. */
  ignorePings = false

  onClose(code: number, reason: string): void {
    this.#close.resolve({ code, reason })
  }

  /** Frames that nobody has taken yet. */
  get unread(): number {
    return this.#frames.size
  }

  async expect<Op extends ClientFrame['op']>(op: Op): Promise<Frame<Op>> {
    const frame = await this.#frames.take(`a ${op} frame`)
    if (frame.op !== op) throw new Error(`expected ${op}, got ${JSON.stringify(frame)}`)
    return frame as Frame<Op>
  }

  send(frame: Record<string, unknown>): void {
    this.sendText(JSON.stringify({ version: ATTACH_VERSION, ...frame }))
  }

  sendText(text: string): void {
    this.socket?.send(text)
  }

  sendBinary(bytes: Uint8Array): void {
    this.socket?.send(bytes)
  }

  hello(): void {
    this.send({ op: 'HELLO', heartbeat_interval_ms: 5_000 })
  }

  ready(extra: Record<string, unknown> = {}): void {
    this.send({ op: 'READY', network_id: 'net', agent_id: 'alpha', actor_uid: 'actor_1', ...extra })
  }

  /** HELLO, IDENTIFY, READY; returns what the client identified with. */
  async handshake(extra: Record<string, unknown> = {}): Promise<Frame<'IDENTIFY'>> {
    this.hello()
    const identify = await this.expect('IDENTIFY')
    this.ready(extra)
    return identify
  }

  event(cursor: string, extra: Record<string, unknown> = {}): void {
    this.send({ op: 'EVENT', network_id: 'net', cursor, event: messageCreated(cursor), ...extra })
  }

  close(code: number, reason = ''): void {
    this.socket?.close(code, reason)
  }

  /** Cuts the TCP connection. */
  cut(): void {
    this.socket?.terminate()
  }
}

/** What READY of a server with durable consumers carries. */
export const DURABLE = { consumer: { durable: true, pending: 0, rejected: [] } }

/** A `message.created` event of that id. */
export function messageCreated(id: string): Record<string, unknown> {
  return {
    id,
    type: 'message.created',
    network_id: 'net',
    created_at: '2026-04-01T09:00:00.123000000Z',
    message: {
      id: `msg_${id}`,
      network_id: 'net',
      origin: { network_id: 'net', message_id: `msg_${id}` },
      target: { kind: 'room', room_id: 'general' },
      from: { type: 'agent', id: 'beta' },
      parts: [{ kind: 'text', text: 'hello' }],
      created_at: '2026-04-01T09:00:00.123000000Z',
    },
  }
}

/**
 * A real server that speaks the wire protocol as a test scripts it. Attachments arrive by `accept`; plain
 * requests are answered by `answer`.
 */
export class Peer {
  readonly #connections = new Mailbox<PeerConnection>()
  readonly #server: Server<SocketData>
  /** Answers plain requests, and upgrades while `refuse` is set. */
  answer: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 404 })
  /** Refuses upgrades. */
  refuse = false
  /** Upgrade requests so far. */
  upgrades = 0

  constructor() {
    this.#server = Bun.serve<SocketData>({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeout: 0,
      fetch: (request, server) => this.#route(request, server),
      websocket: {
        open: (socket) => {
          socket.data.connection.socket = socket
          this.#connections.put(socket.data.connection)
        },
        message: (socket, text) => socket.data.connection.onFrame(String(text)),
        close: (socket, code, reason) => socket.data.connection.onClose(code, reason),
      },
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`
  }

  accept(patienceMs?: number): Promise<PeerConnection> {
    return this.#connections.take('an attachment', patienceMs)
  }

  /** Connections that nobody has accepted yet. */
  get unaccepted(): number {
    return this.#connections.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true)
  }

  #route(request: Request, server: Server<SocketData>): Response | Promise<Response> | undefined {
    const isUpgrade = request.headers.get('upgrade') === 'websocket'
    if (isUpgrade) this.upgrades += 1
    if (!isUpgrade || this.refuse) return this.answer(request)
    const authorization = request.headers.get('authorization') ?? undefined
    const connection = new PeerConnection(authorization)
    return server.upgrade(request, { data: { connection, authorization } })
      ? undefined
      : new Response(null, { status: 400 })
  }
}
