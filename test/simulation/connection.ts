import type { Host, Scheduler } from './scheduler.ts'

/** What may be on its way to a client, in characters, before the server has to wait. */
const KERNEL_CHARACTERS = 6_000

/** What may wait in the server's process besides, in characters: the limit of the gateway. */
const WAITING_CHARACTERS = 4 * 1_048_576

/** What a connection tells its server. */
export interface ServerEnd {
  frame(socket: ServerSocket, text: string): void
  drained(socket: ServerSocket): void
  closed(socket: ServerSocket, code: number, reason: string): void
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly scheduler: Scheduler
  readonly client: Host
  readonly server: Host
  /** Handed on to the platform's callers: what the upgrade attached. */
  readonly data: unknown
  readonly end: ServerEnd
  /** Time that one thing takes from one side to the other, in milliseconds. */
  latency(): number
  /** Somebody may look at each frame and exchange it for others, as it is sent by the server … */
  sent(text: string): readonly string[]
  /** … and as it arrives there. */
  arrived(text: string): readonly string[]
}

/** A connection between a client and a server: in order, with delay, until it is cut or falls silent. */
export class Connection {
  readonly client: ClientSocket
  readonly server: ServerSocket
  /** Nothing arrives there any more, and nobody is told. */
  silentToClient = false
  silentToServer = false
  isOver = false
  readonly #options: ConnectionOptions
  #toClientAt = 0
  #toServerAt = 0

  constructor(options: ConnectionOptions, client: ClientSocket) {
    this.#options = options
    this.client = client
    this.server = new ServerSocket(this, options)
    client.attach(this)
  }

  get hosts(): { readonly client: Host; readonly server: Host } {
    return this.#options
  }

  /** Runs `work` at the client, after everything that was sent there before. */
  toClient(work: () => void): void {
    const { scheduler, client, latency } = this.#options
    this.#toClientAt = Math.max(this.#toClientAt, scheduler.now + latency())
    scheduler.at(client, this.#toClientAt, () => {
      if (!this.silentToClient && !this.isOver) work()
    })
  }

  toServer(work: () => void): void {
    const { scheduler, server, latency } = this.#options
    this.#toServerAt = Math.max(this.#toServerAt, scheduler.now + latency())
    scheduler.at(server, this.#toServerAt, () => {
      if (!this.silentToServer && !this.isOver) work()
    })
  }

  /** A frame of the client. */
  fromClient(text: string): void {
    this.toServer(() => {
      for (const frame of this.#options.arrived(text)) {
        if (!this.server.isClosed) this.#options.end.frame(this.server, frame)
      }
    })
  }

  /**
   * Breaks it off at once, with everything on its way. Whoever is not the cause is told, unless the
   * connection had fallen silent towards it.
   */
  cut(by: 'client' | 'server' | 'network'): void {
    if (this.isOver) return
    this.isOver = true
    const { scheduler, client, server, latency } = this.#options
    const told = (host: Host, work: () => void) => scheduler.at(host, scheduler.now + latency(), work)
    if (by !== 'client' && !this.silentToClient) told(client, () => this.client.ended(1006, ''))
    if (by !== 'server' && !this.silentToServer) told(server, () => this.server.ended(1006, ''))
  }
}

/** The server's end, with what the gateway uses of Bun's `ServerWebSocket`. */
export class ServerSocket {
  readonly data: unknown
  readonly #connection: Connection
  readonly #options: ConnectionOptions
  /** Frames that wait in the server's process; null: its closing handshake. */
  readonly #waiting: (string | null)[] = []
  #waitingCharacters = 0
  #inKernel = 0
  #isClosing = false
  #close = { code: 1005, reason: '' }
  isClosed = false

  constructor(connection: Connection, options: ConnectionOptions) {
    this.#connection = connection
    this.#options = options
    this.data = options.data
  }

  /** As Bun: the length, -1 when it waits in the process, 0 when it was dropped. */
  send(text: string): number {
    if (this.#isClosing || this.isClosed) return 0
    let result = text.length
    for (const frame of this.#options.sent(text)) result = Math.min(result, this.#put(frame))
    return result
  }

  cork(work: () => void): void {
    work()
  }

  getBufferedAmount(): number {
    return this.#waitingCharacters
  }

  close(code: number, reason: string): void {
    if (this.#isClosing || this.isClosed) return
    this.#isClosing = true
    this.#close = { code, reason }
    if (this.#waiting.length > 0) this.#waiting.push(null)
    else this.#sayGoodbye()
  }

  terminate(): void {
    if (this.isClosed) return
    this.#connection.cut('server')
    this.ended(1006, '')
  }

  /** The connection is gone. */
  ended(code: number, reason: string): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#options.end.closed(this, code, reason)
  }

  #put(frame: string): number {
    if (this.#waiting.length === 0 && this.#inKernel < KERNEL_CHARACTERS) {
      this.#transmit(frame)
      return frame.length
    }
    if (this.#waitingCharacters >= WAITING_CHARACTERS) return 0
    this.#waiting.push(frame)
    this.#waitingCharacters += frame.length
    return -1
  }

  #transmit(frame: string): void {
    this.#inKernel += frame.length
    this.#connection.toClient(() => {
      this.#connection.client.received(frame)
      this.#connection.toServer(() => this.#taken(frame.length))
    })
  }

  #taken(characters: number): void {
    this.#inKernel -= characters
    const waited = this.#waiting.length > 0
    while (this.#waiting.length > 0 && this.#inKernel < KERNEL_CHARACTERS) {
      const next = this.#waiting.shift()
      if (next === null || next === undefined) this.#sayGoodbye()
      else {
        this.#waitingCharacters -= next.length
        this.#transmit(next)
      }
    }
    if (waited && this.#waiting.length === 0 && !this.isClosed && !this.#isClosing)
      this.#options.end.drained(this)
  }

  #sayGoodbye(): void {
    const { code, reason } = this.#close
    this.#connection.toClient(() => {
      this.#connection.client.ended(code, reason)
      this.#connection.toServer(() => {
        this.#connection.isOver = true
        this.ended(code, reason)
      })
    })
  }
}

type Listener = (event: { data?: unknown; code?: number; reason?: string }) => void

/** The client's end, with what the client library uses of the platform's `WebSocket`. */
export class ClientSocket {
  binaryType = 'blob'
  readyState: number = WebSocket.CONNECTING
  readonly #listeners = new Map<string, Listener[]>()
  #connection: Connection | undefined

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  /** The server took the upgrade. */
  attach(connection: Connection): void {
    this.#connection = connection
  }

  opened(): void {
    if (this.readyState !== WebSocket.CONNECTING) return
    this.readyState = WebSocket.OPEN
    this.#tell('open', {})
  }

  received(data: string): void {
    if (this.readyState === WebSocket.OPEN) this.#tell('message', { data })
  }

  ended(code: number, reason: string): void {
    if (this.readyState === WebSocket.CLOSED) return
    this.readyState = WebSocket.CLOSED
    this.#tell('close', { code, reason })
  }

  send(text: string): void {
    this.#connection?.fromClient(text)
  }

  close(code: number, reason: string): void {
    if (this.readyState !== WebSocket.OPEN) return
    this.readyState = WebSocket.CLOSING
    const connection = this.#connection
    connection?.toServer(() => {
      connection.server.ended(code, reason)
      connection.toClient(() => this.ended(code, reason))
    })
  }

  terminate(): void {
    if (this.readyState === WebSocket.CLOSED) return
    this.#connection?.cut('client')
    this.ended(1006, '')
  }

  #tell(type: string, event: Parameters<Listener>[0]): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event)
  }
}
