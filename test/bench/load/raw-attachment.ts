import type { FrameSink, LoadAttachment } from './attachments.ts'
import { benchRoom } from './bodies.ts'

const TEXT_OPCODE = 0x81
const PING_OPCODE = 0x89
const CLOSE_OPCODE = 0x88
const VERSION = 'moltnet.attach.v1'
const ACK_HEAD = Buffer.from(`{"op":"ACK","version":"${VERSION}","cursor":"`)
const CURSOR = Buffer.from('"cursor":"')
const TYPE = Buffer.from('"type":"')
const QUOTE = 0x22
const M = 0x6d
const NOTHING = Buffer.alloc(0)
/** Un-ACKed wakes that a durable consumer of the generator asks for: the most there may be. */
const WINDOW = 64

/** What an attachment is opened with. */
export interface RawAttachmentOptions {
  server: { hostname: string; port: number; network: string }
  agentId: string
  sink: FrameSink
  /** Every message of the first room wakes it, and each wake is ACKed at once. */
  durable?: boolean
  /** Where an earlier attachment of the agent ended. */
  from?: LoadAttachment
}

/**
 * An attachment over a bare TCP connection. All frames of one read are ACKed in one write and nothing
 * is decoded but the cursor, so that the generator costs less than the server that it measures. Frames are
 * masked with the zero key, which leaves their bytes as they are.
 */
export function openRawAttachment(o: RawAttachmentOptions): Promise<LoadAttachment> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(o, resolve)
    Bun.connect({
      hostname: o.server.hostname,
      port: o.server.port,
      socket: {
        open: (socket) => {
          socket.write(handshake(o.server.hostname))
        },
        data: (socket, chunk) => reader.read(socket, chunk),
        drain: (socket) => reader.flush(socket),
        close: () => {
          if (!reader.closing) o.sink.onFailure(`${o.agentId} was closed`)
        },
        error: (_socket, error) => reject(error),
      },
    }).catch(reject)
  })
}

function handshake(host: string): string {
  return `GET /v1/attach HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`
}

/** A masked frame with the zero key. */
function frame(opcode: number, payload: Uint8Array): Buffer {
  const length = payload.length
  const head =
    length < 126
      ? Buffer.from([opcode, 0x80 | length, 0, 0, 0, 0])
      : Buffer.from([opcode, 0xfe, length >> 8, length & 255, 0, 0, 0, 0])
  return Buffer.concat([head, payload])
}

class FrameReader implements LoadAttachment {
  closing = false
  messages: number
  repeated = 0
  cursor: string | undefined
  #position: number
  #rest: Buffer = NOTHING
  #upgraded = false
  #out: Buffer[] = []
  #socket: Bun.Socket<undefined> | undefined
  readonly #options: RawAttachmentOptions
  readonly #ready: (attachment: LoadAttachment) => void

  constructor(options: RawAttachmentOptions, ready: (attachment: LoadAttachment) => void) {
    this.#options = options
    this.#ready = ready
    this.messages = options.from?.messages ?? 0
    this.cursor = options.from?.cursor
    this.#position = positionOf(this.cursor) ?? 0
  }

  close(): void {
    this.closing = true
    this.#socket?.end()
  }

  read(socket: Bun.Socket<undefined>, chunk: Buffer): void {
    this.#socket = socket
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (!this.#upgraded) {
      const end = data.indexOf('\r\n\r\n')
      if (end < 0) return void (this.#rest = Buffer.from(data))
      if (!data.subarray(0, 12).equals(SWITCHING)) return this.#refused(data.toString('latin1', 0, end))
      this.#upgraded = true
      data = data.subarray(end + 4)
    }
    let at = 0
    while (data.length - at >= 2) {
      const short = (data[at + 1] as number) & 0x7f
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (data.length - at < head) break
      const length =
        short < 126 ? short : short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2))
      if (data.length - at < head + length) break
      this.#frame(data, { opcode: data[at] as number, start: at + head, end: at + head + length })
      at += head + length
    }
    this.#rest = at === data.length ? NOTHING : Buffer.from(data.subarray(at))
    this.flush(socket)
  }

  flush(socket: Bun.Socket<undefined>): void {
    if (this.#out.length === 0) return
    const all = this.#out.length === 1 ? (this.#out[0] as Buffer) : Buffer.concat(this.#out)
    const written = socket.write(all)
    this.#out = written < all.length ? [all.subarray(written)] : []
  }

  #refused(head: string): void {
    this.closing = true
    const { agentId, sink } = this.#options
    sink.onFailure(`${agentId} was refused: ${head.split('\r\n')[0]}`)
    this.#socket?.end()
  }

  #frame(data: Buffer, o: { opcode: number; start: number; end: number }): void {
    if (o.opcode === PING_OPCODE) return void this.#out.push(frame(0x8a, data.subarray(o.start, o.end)))
    if (o.opcode === CLOSE_OPCODE) return
    // {"op":"EVENT"… : the first letters of the op.
    if (data[o.start + 7] === 0x45 && data[o.start + 8] === 0x56) return this.#event(data, o)
    const { op } = JSON.parse(data.toString('utf8', o.start, o.end)) as { op: string }
    if (op === 'HELLO') this.#identify()
    else if (op === 'PING') this.#send({ op: 'PONG', version: VERSION })
    else if (op === 'ERROR') this.#options.sink.onFailure(data.toString('utf8', o.start, o.end))
    else if (op === 'READY') this.#ready(this)
  }

  #identify(): void {
    const { server, agentId, durable } = this.#options
    const rooms = [{ id: benchRoom(0), wake: 'all' }]
    this.#send({
      op: 'IDENTIFY',
      version: VERSION,
      network_id: server.network,
      agent: { id: agentId },
      capabilities: { rooms: true, threads: true, dms: true },
      ...(durable === true && { consumer: { durable: true, window: WINDOW, rooms } }),
      ...(durable !== true && this.cursor !== undefined && { cursor: this.cursor }),
    })
  }

  #event(data: Buffer, o: { start: number; end: number }): void {
    const cursor = data.indexOf(CURSOR, o.start) + CURSOR.length
    const cursorEnd = data.indexOf(QUOTE, cursor)
    const isMessage = data[data.indexOf(TYPE, cursorEnd) + TYPE.length] === M
    this.#count(data, { cursor, cursorEnd, isMessage })
    this.#options.sink.onEvent({ isMessage, text: () => data.toString('utf8', o.start, o.end) })
    this.#out.push(frame(TEXT_OPCODE, Buffer.concat([ACK_HEAD, data.subarray(cursor, cursorEnd), ACK_TAIL])))
  }

  /** Counts a message once; cursors that are no numbers count every time. */
  #count(data: Buffer, o: { cursor: number; cursorEnd: number; isMessage: boolean }): void {
    // Only what returns with a cursor needs its text.
    this.cursor = data.toString('latin1', o.cursor, o.cursorEnd)
    const position = positionOf(this.cursor)
    const isNew = position === undefined || position > this.#position
    if (position !== undefined && isNew) this.#position = position
    if (!o.isMessage) return
    if (isNew) this.messages++
    else this.repeated++
  }

  #send(value: unknown): void {
    this.#out.push(frame(TEXT_OPCODE, Buffer.from(JSON.stringify(value))))
  }
}

const ACK_TAIL = Buffer.from('"}')
const SWITCHING = Buffer.from('HTTP/1.1 101')

/** The number after the last dot of a cursor. */
function positionOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  const position = Number(cursor.slice(cursor.lastIndexOf('.') + 1))
  return Number.isSafeInteger(position) ? position : undefined
}
