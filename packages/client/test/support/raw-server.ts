import type { Socket, TCPSocketListener } from 'bun'
import { Mailbox } from './peer.ts'

/** One HTTP exchange whose answer the test writes byte by byte. */
export class RawExchange {
  readonly head: string
  readonly #socket: Socket<unknown>

  constructor(head: string, socket: Socket<unknown>) {
    this.head = head
    this.#socket = socket
  }

  /** A request header, as sent. */
  header(name: string): string | undefined {
    return new RegExp(`^${name}: (.*)$`, 'im').exec(this.head)?.[1]?.trim()
  }

  /** Begins a 200 answer whose end is marked, so that a cut can be told from it. */
  beginStream(): void {
    this.#raw(
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
  }

  /** A piece of the stream. */
  write(text: string): void {
    this.#raw(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
  }

  /** A whole JSON answer. */
  json(status: number, body: unknown, headers = ''): void {
    const text = JSON.stringify(body)
    this.#raw(
      `HTTP/1.1 ${status} Text\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    )
  }

  /** The proper end of the stream. */
  end(): void {
    this.#raw('0\r\n\r\n')
    this.#socket.end()
  }

  #raw(text: string): void {
    this.#socket.write(text)
    this.#socket.flush()
  }

  /** Cuts the connection without a word. */
  reset(): void {
    this.#socket.terminate()
  }
}

/** A TCP server that reads HTTP requests and leaves the answers to the test. */
export class RawServer {
  readonly #exchanges = new Mailbox<RawExchange>()
  readonly #listener: TCPSocketListener<unknown>
  /** Requests so far. */
  requests = 0

  constructor() {
    this.#listener = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data: (socket, bytes) => {
          this.requests += 1
          this.#exchanges.put(new RawExchange(bytes.toString(), socket))
        },
      },
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.#listener.port}`
  }

  accept(): Promise<RawExchange> {
    return this.#exchanges.take('a request')
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true)
  }
}
