import { connect, createServer, type Server, type Socket } from 'node:net'
import { type Path, Pump } from './pump.ts'

/** What a proxy does to all bytes that pass, both ways; nothing unless set. */
export interface Line {
  /** Added to the way of every byte, in milliseconds. */
  readonly latencyMs?: number
  /** Most bytes a second of each connection and direction. */
  readonly bytesPerSecond?: number
  /** Bytes are passed on in pieces of at most this size, each in a write of its own. */
  readonly sliceBytes?: number
}

/** A TCP proxy on loopback that makes the network bad on demand. */
export interface FaultProxy extends AsyncDisposable {
  /** Where to connect to. */
  readonly port: number
  /** Connections that are open on the side of the clients. */
  readonly connections: number
  /** Changes the line, for open connections too. */
  set(line: Line): void
  /** Half-open: every socket stays, nothing passes, not even an end. New connections are taken and silent. */
  freeze(): void
  thaw(): void
  /** Ends every connection in order (FIN) on both sides; new ones are served. */
  cut(): void
  /** Resets every connection (RST) on both sides; new ones are served. */
  reset(): void
}

/** Starts a proxy in front of `target`, a port on loopback. */
export async function startProxy(target: number): Promise<FaultProxy> {
  const proxy = new TcpProxy(target)
  await proxy.listen()
  return proxy
}

class TcpProxy implements FaultProxy {
  readonly #target: number
  readonly #server: Server
  readonly #clients = new Set<Socket>()
  readonly #sockets = new Set<Socket>()
  readonly #path: Path = { line: {}, frozen: undefined }

  constructor(target: number) {
    this.#target = target
    // Each side is ended by the pump, once all that came before is passed on.
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy is not listening')
    return address.port
  }

  get connections(): number {
    return this.#clients.size
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, '127.0.0.1', resolve)
    })
  }

  set(line: Line): void {
    this.#path.line = line
  }

  freeze(): void {
    this.#path.frozen ??= Promise.withResolvers<void>()
  }

  thaw(): void {
    this.#path.frozen?.resolve()
    this.#path.frozen = undefined
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.cut()
    this.thaw()
    await closed
  }

  #accept(client: Socket): void {
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true })
    this.#clients.add(client)
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      this.#sockets.add(socket)
    }
    new Pump(client, server, this.#path).start()
    new Pump(server, client, this.#path).start()
    client.once('close', () => this.#clients.delete(client))
    for (const socket of [client, server]) socket.once('close', () => this.#sockets.delete(socket))
  }
}
