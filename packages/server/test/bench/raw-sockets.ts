import type { Socket } from 'bun'
import { clientFrame, upgradeRequest } from '../support/raw-frame.ts'

/** A frame header is at most this long when frames are below 64 KiB. */
const LONG_HEADER = 4

const CURSOR = Buffer.from('"cursor":"')
const EVENT = Buffer.from('{"op":"EVENT"')

/** Counters of a fleet. */
export interface FleetCounts {
  ready: number
  events: number
  messages: number
  closed: number
}

interface Peer {
  /** The start of a frame whose end has not come. */
  rest: Buffer
  /** What the connection could not take yet. */
  unsent: Buffer
  upgraded: boolean
  identify: Buffer
}

const EMPTY = Buffer.alloc(0)

const PONG = clientFrame('{"op":"PONG"}')

/**
 * Many attachments on plain TCP sockets, so that the load generator costs as little as can be: frames
 * are cut by their headers, EVENTs are ACKed by copying their cursor, one write per chunk received.
 */
export class Fleet {
  readonly counts: FleetCounts = { ready: 0, events: 0, messages: 0, closed: 0 }
  readonly #host: string
  readonly #port: number

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#host = hostname
    this.#port = Number(port)
  }

  async attach(agentIds: readonly string[], consumer?: object): Promise<void> {
    await Promise.all(agentIds.map((id) => this.#connect(id, consumer)))
  }

  async #connect(id: string, consumer: object | undefined): Promise<void> {
    const identify = {
      op: 'IDENTIFY',
      version: 'moltnet.attach.v1',
      network_id: 'local',
      agent: { id },
      consumer,
    }
    await Bun.connect<Peer>({
      hostname: this.#host,
      port: this.#port,
      socket: {
        open: (socket) => {
          socket.data = {
            rest: EMPTY,
            unsent: EMPTY,
            upgraded: false,
            identify: clientFrame(JSON.stringify(identify)),
          }
          socket.write(upgradeRequest(`${this.#host}:${this.#port}`))
        },
        data: (socket, chunk) => this.#receive(socket, chunk),
        drain: (socket) => write(socket, EMPTY),
        close: () => {
          this.counts.closed += 1
        },
        error: () => {},
      },
    })
  }

  #receive(socket: Socket<Peer>, chunk: Buffer): void {
    const peer = socket.data
    let bytes = peer.rest.length > 0 ? Buffer.concat([peer.rest, chunk]) : chunk
    if (!peer.upgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) {
        peer.rest = Buffer.from(bytes)
        return
      }
      peer.upgraded = true
      bytes = bytes.subarray(end + 4)
      write(socket, peer.identify)
    }
    const answers: Buffer[] = []
    let at = 0
    while (at + 2 <= bytes.length) {
      const short = (bytes[at + 1] as number) & 0x7f
      const header = short === 126 ? LONG_HEADER : 2
      if (at + header > bytes.length) break
      const length = short === 126 ? bytes.readUInt16BE(at + 2) : short
      if (at + header + length > bytes.length) break
      this.#frame(bytes, at + header, answers)
      at += header + length
    }
    peer.rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : EMPTY
    if (answers.length > 0)
      socket.write(answers.length === 1 ? (answers[0] as Buffer) : Buffer.concat(answers))
  }

  #frame(bytes: Buffer, start: number, answers: Buffer[]): void {
    // The op is told apart by its first letters: `{"op":"E…` is EVENT or ERROR.
    const letter = bytes[start + 7]
    if (letter === 0x45 && bytes.compare(EVENT, 0, EVENT.length, start, start + EVENT.length) === 0) {
      this.counts.events += 1
      const from = bytes.indexOf(CURSOR, start) + CURSOR.length
      const to = bytes.indexOf(0x22, from)
      answers.push(
        clientFrame(
          `{"op":"ACK","version":"moltnet.attach.v1","cursor":"${bytes.subarray(from, to).toString('latin1')}"}`,
        ),
      )
    } else if (letter === 0x50) answers.push(PONG)
    else if (letter === 0x52) this.counts.ready += 1
  }
}

/** Writes in order; what does not fit waits for the drain. */
function write(socket: Socket<Peer>, bytes: Buffer): void {
  const peer = socket.data
  const all = peer.unsent.length > 0 ? Buffer.concat([peer.unsent, bytes]) : bytes
  const written = Math.max(0, socket.write(all))
  peer.unsent = written < all.length ? Buffer.from(all.subarray(written)) : EMPTY
}
