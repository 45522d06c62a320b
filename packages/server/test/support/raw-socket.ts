import { connect, type Socket } from 'node:net'
import { ATTACH_VERSION } from '@moltnet/protocol'
import type { ServerFrame } from '@moltnet/protocol'
import { clientFrame, upgradeRequest } from './raw-frame.ts'

/** An attachment on a plain TCP socket that can stop reading, which a WebSocket client cannot. */
export class RawSocket {
  readonly frames: ServerFrame[] = []
  readonly closed: Promise<void>
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)
  #isOpen = false

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    this.#socket.on('error', () => {})
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#socket.write(upgradeRequest(`${hostname}:${port}`))
  }

  send(frame: object): void {
    this.#socket.write(clientFrame(JSON.stringify({ version: ATTACH_VERSION, ...frame })))
  }

  /** Reads nothing more until {@link resume}; still sends. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  messageIds(): string[] {
    return this.frames.flatMap((frame) =>
      frame.op === 'EVENT' && frame.event.type === 'message.created' ? [frame.event.message.id] : [],
    )
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    if (!this.#isOpen) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      this.#isOpen = true
      this.#bytes = this.#bytes.subarray(end + 4)
    }
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) {
      if (frame.op === 'PING') this.send({ op: 'PONG' })
      else this.frames.push(frame)
    }
  }

  #take(): ServerFrame | undefined {
    const bytes = this.#bytes
    const short = (bytes[1] ?? 0) & 0x7f
    const header = short === 126 ? 4 : short === 127 ? 10 : 2
    if (bytes.length < header) return undefined
    const length =
      short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
    if (bytes.length < header + length) return undefined
    this.#bytes = bytes.subarray(header + length)
    const isText = (bytes[0] as number) === 0x81
    if (!isText) return undefined
    return JSON.parse(bytes.toString('utf8', header, header + length)) as ServerFrame
  }
}
