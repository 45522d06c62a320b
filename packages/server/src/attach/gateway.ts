import { getLogger } from '@logtape/logtape'
import { ATTACH_TIMING, LIMITS, MoltnetError } from '@moltnet/protocol'
import type { Server, ServerWebSocket, WebSocketHandler } from 'bun'
import { isExpired, type Principal } from '../domain/principal.ts'
import { isLoopback, rateKey } from '../http/network-address.ts'
import { Attachment, type SocketCounters } from './attachment.ts'
import { HELLO, parseFrame, type ParsedFrame, PING } from './frames.ts'
import { isReady, type SessionInput } from './session.ts'
import type { Sessions } from './sessions.ts'
import type { Ticker } from './ticker.ts'

const logger = getLogger(['moltnet', 'attach'])

/** What may wait in one connection, in bytes: a largest frame, and control frames beside it. */
const BACKPRESSURE_BYTES = 4 * LIMITS.frameBytes

/** What the gateway is wired with. */
export interface GatewayDeps {
  readonly sessions: Sessions
  readonly ticker: Ticker
  readonly counters: SocketCounters & { stalled: number }
  /** Most sockets of one address that have not sent IDENTIFY; undefined: no limit for loopback clients. */
  readonly limits: { readonly unidentifiedSockets: number; readonly stallMs: number }
  /** Auth is off: clients on this machine are not limited. */
  readonly trustsLoopback: boolean
  /** Unix time in milliseconds, for the ends of credentials. */
  now(): number
}

/** The sockets of `/v1/attach`: the handshake, their frames and their time limits. */
export class Gateway {
  readonly websocket: WebSocketHandler<unknown>
  readonly #deps: GatewayDeps
  readonly #sockets = new Set<Attachment>()
  /** Sockets that have not identified themselves, by address. */
  readonly #unidentified = new Map<string, number>()

  constructor(deps: GatewayDeps) {
    this.#deps = deps
    this.websocket = this.#handlers()
    deps.ticker.onTick((now, lateMs) => this.#tick(now, lateMs))
  }

  /** Sockets in any state. */
  get size(): number {
    return this.#sockets.size
  }

  /** Turns a request into a socket. Throws MoltnetError when it may not become one. */
  upgrade(
    request: Request,
    server: Server<unknown>,
    { principal, address }: { principal: Principal; address: string },
  ): undefined {
    const { ticker, counters, limits, trustsLoopback } = this.#deps
    const addressKey = rateKey(address)
    const waiting = this.#unidentified.get(addressKey) ?? 0
    if (waiting >= limits.unidentifiedSockets && !(trustsLoopback && isLoopback(address))) {
      throw new MoltnetError('rate_limited', 'too many sockets of this address have not sent IDENTIFY')
    }
    const attachment = new Attachment({ principal, addressKey, clock: ticker, counters })
    if (!server.upgrade(request, { data: attachment })) {
      throw new MoltnetError('bad_request', 'the WebSocket handshake is malformed')
    }
    this.#unidentified.set(addressKey, waiting + 1)
  }

  /** A socket no longer counts as one without IDENTIFY. */
  identified({ addressKey }: Attachment): void {
    const waiting = (this.#unidentified.get(addressKey) ?? 0) - 1
    if (waiting > 0) this.#unidentified.set(addressKey, waiting)
    else this.#unidentified.delete(addressKey)
  }

  /** Closes every socket with 1012. */
  stop(): void {
    for (const attachment of [...this.#sockets]) this.#deps.sessions.input(attachment, 'stop')
  }

  /** Cuts what has not closed by itself. */
  terminate(): void {
    for (const attachment of [...this.#sockets]) attachment.terminate()
  }

  #handlers(): WebSocketHandler<unknown> {
    const { sessions, ticker } = this.#deps
    const of = (socket: ServerWebSocket<unknown>) => socket.data as Attachment
    return {
      maxPayloadLength: LIMITS.frameBytes,
      backpressureLimit: BACKPRESSURE_BYTES,
      closeOnBackpressureLimit: false,
      // It would count what we send; the read side has its own timer.
      idleTimeout: 0,
      sendPings: false,
      perMessageDeflate: false,
      open: (socket) => {
        const attachment = of(socket)
        attachment.opened(socket)
        this.#sockets.add(attachment)
        attachment.sendControl(HELLO)
      },
      message: (socket, message) => {
        const attachment = of(socket)
        attachment.readAt = ticker.now
        if (typeof message === 'string') this.#frame(attachment, parseFrame(message))
        else this.#frame(attachment, { op: 'malformed', fault: 'frames must be text' })
      },
      drain: (socket) => {
        const attachment = of(socket)
        attachment.drained()
        attachment.stream?.resume()
        attachment.consumer?.writable()
      },
      close: (socket, closeCode, reason) => {
        const attachment = of(socket)
        this.#sockets.delete(attachment)
        if (attachment.identity === undefined) this.identified(attachment)
        sessions.input(attachment, 'socket_closed', { closeCode, error: reason || undefined })
      },
    }
  }

  #frame(attachment: Attachment, frame: ParsedFrame): void {
    const { sessions } = this.#deps
    if (frame.op === 'malformed') {
      sessions.input(attachment, 'bad_frame', { refusal: { code: 'protocol_error', error: frame.fault } })
      return
    }
    sessions.input(attachment, INPUTS[frame.op], {
      frame,
      error: frame.op === 'ERROR' ? frame.error : undefined,
    })
  }

  #tick(now: number, lateMs: number): void {
    const unixMs = this.#deps.now()
    for (const attachment of this.#sockets) {
      // Frames may wait in the kernel that this program had no time to read.
      if (lateMs > 0) attachment.forgive(lateMs)
      this.#check(attachment, now, unixMs)
    }
  }

  #check(attachment: Attachment, now: number, unixMs: number): void {
    const { sessions, limits, counters } = this.#deps
    if (!attachment.checkProgress(now, limits.stallMs)) {
      counters.stalled += 1
      logger.warn('{agent}: the connection took nothing for {ms} ms and is cut', {
        agent: attachment.identity?.agent.agentId,
        ms: limits.stallMs,
      })
      sessions.input(attachment, 'stalled', { error: 'frames waited too long' })
    } else if (attachment.phase === 'identifying' && now - attachment.openedAt >= ATTACH_TIMING.identifyMs) {
      sessions.input(attachment, 'identify_timeout')
    } else if (now - attachment.readAt >= ATTACH_TIMING.readMs) {
      sessions.input(attachment, 'read_timeout')
    } else if (isExpired(attachment.principal, unixMs)) {
      sessions.input(attachment, 'credential_expired')
    } else if (isReady(attachment.phase) && now >= attachment.nextPingAt && attachment.writable) {
      // The first one is due one interval after READY.
      if (attachment.nextPingAt > 0) attachment.sendControl(PING)
      attachment.nextPingAt = now + ATTACH_TIMING.pingMs
    }
  }
}

const INPUTS: { readonly [op in Exclude<ParsedFrame['op'], 'malformed'>]: SessionInput } = {
  IDENTIFY: 'identify',
  ACK: 'ack',
  NACK: 'nack',
  STATUS: 'status',
  PING: 'ping',
  PONG: 'pong',
  ERROR: 'error',
}
