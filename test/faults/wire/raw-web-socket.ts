import { connect, type Socket } from 'node:net'
import { HANDSHAKE } from '../../conformance/peers/raw.ts'
import { until } from '../../support/condition.ts'

/** Kinds of WebSocket frames. */
export const OPCODES = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 } as const

/** A frame as a client may make it, within the rules or not. */
export interface RawFrame {
  readonly opcode: number
  readonly payload: Uint8Array | string
  /** The last frame of its message; true by default. */
  readonly isLast?: boolean
  /** Clients must mask; true by default. */
  readonly isMasked?: boolean
}

/** The bytes of a frame. The mask has only zeros, so the payload stays as it is. */
export function frameBytes({ opcode, payload, isLast = true, isMasked = true }: RawFrame): Buffer {
  const body = Buffer.from(payload as Uint8Array)
  const short = body.length < 126 ? body.length : body.length < 65_536 ? 126 : 127
  const length = Buffer.alloc(short === 126 ? 2 : short === 127 ? 8 : 0)
  if (short === 126) length.writeUInt16BE(body.length)
  if (short === 127) length.writeBigUInt64BE(BigInt(body.length))
  const head = Buffer.from([(isLast ? 0x80 : 0) | opcode, (isMasked ? 0x80 : 0) | short])
  return Buffer.concat([head, length, Buffer.alloc(isMasked ? 4 : 0), body])
}

/** An attachment on a plain connection, on which any bytes can be sent. */
export class RawWebSocket implements Disposable {
  /** Texts of the server, in order. */
  readonly texts: string[] = []
  /** PONG frames that came. */
  pongs = 0
  /** The code that the server closed with; 1006: it cut the connection; undefined: it is open. */
  closed: number | undefined
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)
  #isUpgraded = false

  private constructor(url: string) {
    const { hostname, port, host } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    const headers = Object.entries({ Host: host, ...HANDSHAKE }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )
    this.#socket.write(`GET /v1/attach HTTP/1.1\r\n${headers.join('')}\r\n`)
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    // A server may cut whoever breaks the rules before everything was written.
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('close', () => (this.closed ??= 1006))
  }

  /** Resolves when the first frame of the server is there. */
  static async open(url: string): Promise<RawWebSocket> {
    const socket = new RawWebSocket(url)
    await until(() => socket.texts.length > 0, 'HELLO')
    return socket
  }

  write(...frames: readonly RawFrame[]): void {
    this.#socket.write(Buffer.concat(frames.map(frameBytes)))
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    if (!this.#isUpgraded) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      this.#isUpgraded = true
      this.#bytes = this.#bytes.subarray(end + 4)
    }
    while (this.#takeFrame()) continue
  }

  #takeFrame(): boolean {
    const bytes = this.#bytes
    const short = bytes[1] ?? 0
    const head = short === 126 ? 4 : short === 127 ? 10 : 2
    if (bytes.length < head) return false
    const length =
      short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
    if (bytes.length < head + length) return false
    const body = bytes.subarray(head, head + length)
    this.#bytes = bytes.subarray(head + length)
    const opcode = (bytes[0] ?? 0) & 0x0f
    if (opcode === OPCODES.text) this.texts.push(body.toString())
    if (opcode === OPCODES.pong) this.pongs += 1
    if (opcode === OPCODES.close) this.closed ??= body.length >= 2 ? body.readUInt16BE(0) : 1005
    return true
  }
}
