import { type FrameSink, type LoadAttachment } from './attachments.ts'

const TEXT_OPCODE = 0x81
const PING_OPCODE = 0x89
const CLOSE_OPCODE = 0x88
const ACK_HEAD = Buffer.from('{"op":"ACK","cursor":"')
const CURSOR = Buffer.from('"cursor":"')
const TYPE = Buffer.from('"type":"')
const QUOTE = 0x22
const M = 0x6d
const VERSION = 'moltnet.attach.v1'

/**
 * A v1 attachment over a bare TCP connection. All frames of one read are ACKed in one write and nothing
 * is decoded but the cursor, so that the generator costs less than the server that it measures. Frames are
 * masked with the zero key, which leaves their bytes as they are.
 */
export function openRawAttachment(o: {
  port: number
  networkId: string
  agentId: string
  sink: FrameSink
}): Promise<LoadAttachment> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(o, resolve)
    Bun.connect({
      hostname: '127.0.0.1',
      port: o.port,
      socket: {
        open: (socket) => {
          socket.write(handshake())
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

function handshake(): string {
  return 'GET /v1/attach HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
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

class FrameReader {
  closing = false
  #rest: Buffer = Buffer.alloc(0)
  #upgraded = false
  #out: Buffer[] = []
  readonly #options: { networkId: string; agentId: string; sink: FrameSink }
  readonly #ready: (attachment: LoadAttachment) => void

  constructor(
    options: { networkId: string; agentId: string; sink: FrameSink },
    ready: (attachment: LoadAttachment) => void,
  ) {
    this.#options = options
    this.#ready = ready
  }

  read(socket: Bun.Socket<undefined>, chunk: Buffer): void {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (!this.#upgraded) {
      const end = data.indexOf('\r\n\r\n')
      if (end < 0) return void (this.#rest = Buffer.from(data))
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
      this.#frame(socket, data, { opcode: data[at] as number, start: at + head, end: at + head + length })
      at += head + length
    }
    this.#rest = at === data.length ? Buffer.alloc(0) : Buffer.from(data.subarray(at))
    this.flush(socket)
  }

  flush(socket: Bun.Socket<undefined>): void {
    if (this.#out.length === 0) return
    const all = this.#out.length === 1 ? (this.#out[0] as Buffer) : Buffer.concat(this.#out)
    const written = socket.write(all)
    this.#out = written < all.length ? [all.subarray(written)] : []
  }

  #frame(
    socket: Bun.Socket<undefined>,
    data: Buffer,
    o: { opcode: number; start: number; end: number },
  ): void {
    if (o.opcode === PING_OPCODE) return void this.#out.push(frame(0x8a, data.subarray(o.start, o.end)))
    if (o.opcode === CLOSE_OPCODE) return
    // {"op":"EVENT"… : the first letter of the op.
    if (data[o.start + 7] === 0x45 && data[o.start + 8] === 0x56) return this.#event(data, o)
    const { op } = JSON.parse(data.toString('utf8', o.start, o.end)) as { op: string }
    const { networkId, agentId, sink } = this.#options
    if (op === 'HELLO')
      this.#send({
        op: 'IDENTIFY',
        version: VERSION,
        network_id: networkId,
        agent: { id: agentId },
        capabilities: { rooms: true, threads: true, dms: true },
      })
    else if (op === 'PING') this.#send({ op: 'PONG' })
    else if (op === 'ERROR') sink.onFailure(data.toString('utf8', o.start, o.end))
    else if (op === 'READY') {
      this.#ready({
        close: () => {
          this.closing = true
          socket.end()
        },
      })
    }
  }

  #event(data: Buffer, o: { start: number; end: number }): void {
    const cursor = data.indexOf(CURSOR, o.start) + CURSOR.length
    const cursorEnd = data.indexOf(QUOTE, cursor)
    const type = data.indexOf(TYPE, cursorEnd) + TYPE.length
    this.#options.sink.onEvent({
      isMessage: data[type] === M,
      text: () => data.toString('utf8', o.start, o.end),
    })
    this.#out.push(
      frame(TEXT_OPCODE, Buffer.concat([ACK_HEAD, data.subarray(cursor, cursorEnd + 1), Buffer.from('}')])),
    )
  }

  #send(value: unknown): void {
    this.#out.push(frame(TEXT_OPCODE, Buffer.from(JSON.stringify(value))))
  }
}
