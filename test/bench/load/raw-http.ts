/**
 * A minimal HTTP/1.1 client over one kept-open TCP connection: one request at a time, no parsing beyond
 * status and content-length. The load generator uses it because `fetch` would be the bottleneck.
 */
export class RawHttp {
  #socket: Bun.Socket<undefined> | undefined
  #pending: { resolve(response: RawResponse): void; reject(error: Error): void } | undefined
  #buffered = ''
  #unsent: Uint8Array = new Uint8Array()

  static async connect(hostname: string, port: number): Promise<RawHttp> {
    const client = new RawHttp()
    client.#socket = await Bun.connect({
      hostname,
      port,
      socket: {
        data: (_socket, chunk) => client.#onData(chunk),
        drain: () => client.#write(),
        close: () => client.#fail(new Error('connection closed')),
        error: (_socket, error) => client.#fail(error),
      },
    })
    return client
  }

  /** Sends prepared bytes (see {@link encodePost}) and resolves with the answer. */
  send(request: Uint8Array): Promise<RawResponse> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject }
      this.#unsent = request
      this.#write()
    })
  }

  /** Writes what the kernel takes; the rest follows when it has room again. */
  #write(): void {
    if (this.#unsent.length === 0) return
    const written = (this.#socket as Bun.Socket<undefined>).write(this.#unsent)
    if (written < 0) this.#fail(new Error('connection closed'))
    else this.#unsent = this.#unsent.subarray(written)
  }

  close(): void {
    this.#socket?.end()
  }

  #onData(chunk: Buffer): void {
    this.#buffered += chunk.toString('latin1')
    const end = this.#buffered.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = Number(/content-length: (\d+)/i.exec(this.#buffered.slice(0, end))?.[1] ?? 0)
    if (this.#buffered.length < end + 4 + length) return
    const response = {
      status: Number(this.#buffered.slice(9, 12)),
      body: this.#buffered.slice(end + 4, end + 4 + length),
    }
    this.#buffered = this.#buffered.slice(end + 4 + length)
    const pending = this.#pending
    this.#pending = undefined
    pending?.resolve(response)
  }

  #fail(error: Error): void {
    this.#pending?.reject(error)
    this.#pending = undefined
  }
}

/** Status and body of an answer. */
export interface RawResponse {
  status: number
  body: string
}

/** The bytes of a JSON POST. */
export function encodePost(path: string, body: string): Uint8Array {
  const payload = new TextEncoder().encode(body)
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${payload.length}\r\n\r\n`
  return Buffer.concat([new TextEncoder().encode(head), payload])
}

/** The bytes of a GET, with a bearer token when there is one. */
export function encodeGet(path: string, token?: string): Uint8Array {
  const credential = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
  return new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${credential}\r\n`)
}
