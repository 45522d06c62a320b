import { ATTACH_VERSION } from '@moltnet/protocol'
import type { EventFrame, EventType, ReadyFrame, ServerFrame } from '@moltnet/protocol'
import { deadline } from './wait.ts'

/** How an attachment of a test identifies itself. */
export interface AttachOptions {
  readonly agent?: string
  readonly name?: string
  readonly network?: string
  readonly token?: string
  readonly headers?: Record<string, string>
  readonly cursor?: string
  readonly consumer?: object
  /** ACK every EVENT as it comes. */
  readonly autoAck?: boolean
  /** Leave PINGs unanswered. */
  readonly silent?: boolean
}

export type FrameOf<Op extends ServerFrame['op']> = Extract<ServerFrame, { op: Op }>

/** A client of `/v1/attach` that keeps all frames and does only what it is told, but for PONGs. */
export class TestSocket implements AsyncDisposable {
  /** Every frame so far, PINGs left out. */
  readonly frames: ServerFrame[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket
  readonly #autoAck: boolean
  readonly #silent: boolean
  #taken = 0
  #wake: () => void = () => {}
  #isClosed = false

  constructor(url: string, { token, headers, autoAck = false, silent = false }: AttachOptions = {}) {
    const all = { ...(token !== undefined && { Authorization: `Bearer ${token}` }), ...headers }
    this.#autoAck = autoAck
    this.#silent = silent
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/attach`, { headers: all } as never)
    this.#socket.addEventListener('message', ({ data }) =>
      this.#receive(JSON.parse(String(data)) as ServerFrame),
    )
    this.closed = new Promise((resolve) => {
      this.#socket.addEventListener('close', ({ code, reason }) => {
        this.#isClosed = true
        this.#wake()
        resolve({ code, reason })
      })
    })
  }

  /** The next frame that was not looked at yet and is of one of these ops; others before it are skipped. */
  async next<Op extends ServerFrame['op']>(...ops: Op[]): Promise<FrameOf<Op>> {
    const found = await this.until((frame) => (ops as string[]).includes(frame.op))
    return found as FrameOf<Op>
  }

  /** The next EVENT, of one of these types when any are given. */
  async event(...types: EventType[]): Promise<EventFrame> {
    const found = await this.until(
      (frame) => frame.op === 'EVENT' && (types.length === 0 || types.includes(frame.event.type)),
    )
    return found as EventFrame
  }

  async until(matches: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    const seen = () => {
      while (this.#taken < this.frames.length) {
        const frame = this.frames[this.#taken++] as ServerFrame
        if (matches(frame)) return frame
      }
      if (this.#isClosed) throw new Error(`closed after ${JSON.stringify(this.frames.slice(-3))}`)
      return undefined
    }
    return deadline(
      async () => {
        for (;;) {
          const frame = seen()
          if (frame !== undefined) return frame
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
        }
      },
      `frames so far: ${JSON.stringify(this.frames.slice(-5))}`,
    )
  }

  /** EVENT frames so far, of one type when it is given. */
  events(type?: EventType): EventFrame[] {
    return this.frames.filter(
      (frame): frame is EventFrame =>
        frame.op === 'EVENT' && (type === undefined || frame.event.type === type),
    )
  }

  /** Ids of the messages so far. */
  messageIds(): string[] {
    return this.events().flatMap(({ event }) => (event.type === 'message.created' ? [event.message.id] : []))
  }

  send(frame: object | string | Uint8Array): void {
    const isRaw = typeof frame === 'string' || frame instanceof Uint8Array
    const data = isRaw ? (frame as string) : JSON.stringify({ version: ATTACH_VERSION, ...frame })
    if (this.#socket.readyState !== WebSocket.CONNECTING) this.#socket.send(data)
    else this.#socket.addEventListener('open', () => this.#socket.send(data), { once: true })
  }

  ack(frame: { readonly cursor: string }): void {
    this.send({ op: 'ACK', cursor: frame.cursor })
  }

  nack(frame: { readonly cursor: string }, reason: string, more: object = {}): void {
    this.send({ op: 'NACK', cursor: frame.cursor, reason, ...more })
  }

  status(frame: { readonly cursor: string }, state: 'turn_started' | 'turn_ended'): void {
    this.send({ op: 'STATUS', cursor: frame.cursor, state })
  }

  identify({ agent = 'alpha', name, network = 'local', cursor, consumer }: AttachOptions = {}): void {
    this.send({ op: 'IDENTIFY', network_id: network, agent: { id: agent, name }, cursor, consumer })
  }

  /** Waits until the server has read everything that was sent to it; what it sent before is looked at then. */
  async allRead(): Promise<void> {
    this.send({ op: 'PING' })
    await this.next('PONG')
  }

  async close(code?: number, reason?: string): Promise<{ code: number; reason: string }> {
    if (code === undefined) this.#socket.close()
    else this.#socket.close(code, reason)
    return this.closed
  }

  /** Cuts the connection without a close frame. */
  cut(): void {
    ;(this.#socket as WebSocket & { terminate(): void }).terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #receive(frame: ServerFrame): void {
    if (frame.op === 'PING') {
      if (!this.#silent) this.send({ op: 'PONG' })
      return
    }
    this.frames.push(frame)
    if (frame.op === 'EVENT' && this.#autoAck) this.ack(frame)
    this.#wake()
  }
}

/** An attachment after READY. */
export type ReadySocket = TestSocket & { readonly ready: ReadyFrame }

/** Attaches an agent and waits for READY. */
export async function attach(url: string, options: AttachOptions = {}): Promise<ReadySocket> {
  const socket = new TestSocket(url, options)
  await socket.next('HELLO')
  socket.identify(options)
  const ready = await socket.next('READY')
  return Object.assign(socket, { ready })
}

/** A `consumer` for IDENTIFY: rooms as `{ general: 'all' }`. */
export function durable(
  rooms: Record<string, 'all' | 'mentions' | 'thread_only' | 'never'>,
  more: object = {},
): object {
  return { durable: true, rooms: Object.entries(rooms).map(([id, wake]) => ({ id, wake })), ...more }
}
