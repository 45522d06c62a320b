import { Broken } from '../expect.ts'
import { Inbox } from './inbox.ts'

export const VERSION = 'moltnet.attach.v1'

/** A frame as it came. */
export type Frame = Record<string, unknown> & { op: string }

/** How a socket is opened. */
export interface SocketOptions {
  token?: string | undefined
  headers?: Record<string, string>
  /** See {@link Inbox}. */
  waitMs?: number
}

/** A raw attachment socket: sends what a check tells it to, answers PINGs, and keeps every frame. */
export class AttachPeer implements AsyncDisposable {
  readonly frames: Inbox<Frame>
  readonly #socket: WebSocket
  /** ACK each EVENT as it comes, as a well-behaved client does. */
  autoAck = true

  private constructor(socket: WebSocket, waitMs: number | undefined) {
    this.frames = new Inbox(waitMs)
    this.#socket = socket
    socket.onmessage = (message) => this.#onFrame(String(message.data))
    socket.onclose = (event) => this.frames.close(String(event.code))
  }

  /** Opens the socket; throws {@link Broken} when the upgrade is refused. */
  static async open(baseUrl: string, o: SocketOptions = {}): Promise<AttachPeer> {
    const url = `${baseUrl.replace(/^http/, 'ws')}/v1/attach`
    const headers = { ...o.headers, ...(o.token === undefined ? {} : { authorization: `Bearer ${o.token}` }) }
    // Bun and Node take headers here; the DOM type does not know.
    const socket = new WebSocket(url, { headers } as unknown as string[])
    const peer = new AttachPeer(socket, o.waitMs)
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve()
      socket.onerror = () => reject(new Broken('the upgrade to a WebSocket was refused'))
    })
    return peer
  }

  send(frame: unknown): void {
    this.#socket.send(
      typeof frame === 'string' || frame instanceof Uint8Array ? (frame as string) : JSON.stringify(frame),
    )
  }

  op(op: string, what: string): Promise<Frame> {
    return this.frames.find((frame) => frame.op === op, what)
  }

  /** The EVENT frame of an event type, optionally of one message. */
  event(type: string, what: string, messageId?: string): Promise<Frame> {
    return this.frames.find(
      (frame) => isEvent(frame, type) && (messageId === undefined || messageIdOf(frame) === messageId),
      what,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.frames.closed !== undefined) return
    this.#socket.close(1000)
    await this.frames.end('closing').catch(() => undefined)
  }

  #onFrame(text: string): void {
    const frame = JSON.parse(text) as Frame
    if (frame.op === 'PING') this.send({ op: 'PONG', version: VERSION })
    if (frame.op === 'EVENT' && this.autoAck)
      this.send({ op: 'ACK', version: VERSION, cursor: frame['cursor'] })
    this.frames.push(frame)
  }
}

/** IDENTIFY as a v1 client sends it. */
export function identify(o: {
  networkId: string
  agentId: string
  name?: string
  cursor?: string
  consumer?: unknown
}): Frame {
  return {
    op: 'IDENTIFY',
    version: VERSION,
    network_id: o.networkId,
    agent: { id: o.agentId, ...(o.name === undefined ? {} : { name: o.name }) },
    capabilities: { rooms: true, threads: true, dms: true, artifacts: true },
    ...(o.cursor === undefined ? {} : { cursor: o.cursor }),
    ...(o.consumer === undefined ? {} : { consumer: o.consumer }),
  }
}

/** Whether a frame is the EVENT of a type. */
export function isEvent(frame: Frame, type: string): boolean {
  return frame.op === 'EVENT' && (frame['event'] as { type?: string } | undefined)?.type === type
}

/** The message id of a `message.created` frame. */
export function messageIdOf(frame: Frame): string | undefined {
  return (frame['event'] as { message?: { id?: string } } | undefined)?.message?.id
}
