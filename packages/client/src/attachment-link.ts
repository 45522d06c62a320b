import type { ClientFrame, ServerFrame } from '@moltnet/protocol'
import type { AttachmentInput, AttachmentState } from './attachment-machine.ts'
import { readFrame } from './frames.ts'
import { IdleTimer } from './idle-timer.ts'
import { ATTACHMENT_LIMITS } from './limits.ts'
import { explainRefusal } from './probe.ts'
import { UnsupportedSocketError, openSocket, type Socket } from './socket.ts'
import { webSocketUrl } from './url.ts'

/** What a link needs to know. */
export interface LinkOptions {
  /** The http form of the attachment URL. */
  url: string
  handshakeMs: number
  readMs: number
  closeMs: number
  /** Asked at every connect; may throw. */
  token(): string | undefined
  /** Takes everything that happens on the link. */
  feed(input: AttachmentInput): void
}

/** Frames from the server that carry no event. */
type ControlFrame = Exclude<ServerFrame, { op: 'EVENT' }>

/**
 * The present connection of an attachment with its timers: turns sockets and clocks into inputs of the
 * machine. One socket at a time; one that was dropped is never heard again.
 */
export class AttachmentLink {
  readonly #options: LinkOptions
  readonly #reading: IdleTimer
  readonly #writing: IdleTimer
  readonly #probing = new AbortController()
  #socket: Socket | undefined
  #handshake: ReturnType<typeof setTimeout> | undefined
  #closing: Promise<void> = Promise.resolve()

  constructor(options: LinkOptions) {
    this.#options = options
    this.#reading = new IdleTimer(() => options.feed({ type: 'silent' }))
    this.#writing = new IdleTimer(() => options.feed({ type: 'heartbeat' }))
  }

  connect(): void {
    const { url, token, feed } = this.#options
    try {
      this.#socket = openSocket(webSocketUrl(url), token(), {
        opened: () => feed({ type: 'opened' }),
        text: (data) => this.#onText(data),
        binary: () => feed({ type: 'malformed', reason: 'binary frame' }),
        closed: ({ code, reason, opened }) => {
          this.#socket = undefined
          feed(opened ? { type: 'lost', code, reason } : { type: 'upgrade_failed' })
        },
      })
    } catch (error) {
      const permanent = error instanceof UnsupportedSocketError
      feed({ type: 'rejected', rejection: { error: textOf(error), permanent } })
    }
  }

  /** Asks why the upgrade failed. */
  probe(): void {
    const { url, token, handshakeMs, feed } = this.#options
    const asked = explainRefusal({ url, token, limitMs: handshakeMs, signal: this.#probing.signal })
    void asked.then(feed)
  }

  /** The server's heartbeat interval, as said by HELLO. */
  beat(heartbeatMs: number): void {
    const { heartbeatMinMs, heartbeatMaxMs } = ATTACHMENT_LIMITS
    this.#writing.start(Math.min(Math.max(heartbeatMs, heartbeatMinMs), heartbeatMaxMs))
  }

  send(frame: ClientFrame): void {
    this.#writing.touch()
    this.#socket?.send(JSON.stringify(frame))
  }

  drop(reason: string, abrupt: boolean): void {
    const socket = this.#socket
    this.#socket = undefined
    if (socket !== undefined) {
      this.#closing = socket.drop({ reason, abrupt, limitMs: this.#options.closeMs })
    }
  }

  /** Resolves when the last socket is closed. */
  closed(): Promise<void> {
    return this.#closing
  }

  /** Ends what still runs besides the socket. */
  stop(): void {
    this.#probing.abort(new Error('the attachment is closed'))
  }

  /** Sets the timers that belong to a state; called at every change of its kind. */
  enter(kind: AttachmentState['kind']): void {
    clearTimeout(this.#handshake)
    const { handshakeMs, readMs, feed } = this.#options
    const shakingHands = kind === 'connecting' || kind === 'greeting' || kind === 'identifying'
    if (shakingHands) this.#handshake = setTimeout(() => feed({ type: 'timeout' }), handshakeMs)
    else if (kind === 'live') this.#reading.start(readMs)
    if (kind !== 'live') this.#reading.stop()
    if (kind !== 'live' && !shakingHands) this.#writing.stop()
  }

  #onText(data: string): void {
    this.#reading.touch()
    const received = readFrame(data)
    const { feed } = this.#options
    if (received.kind === 'frame') feed(inputOf(received.frame))
    else if (received.kind === 'event') feed({ type: 'event', event: received.event })
    else feed({ type: 'malformed', reason: received.reason })
  }
}

function inputOf(frame: ControlFrame): AttachmentInput {
  switch (frame.op) {
    case 'HELLO':
      return { type: 'hello', heartbeatMs: frame.heartbeat_interval_ms }
    case 'READY':
      return { type: 'ready', ready: frame }
    case 'PING':
      return { type: 'ping' }
    case 'PONG':
      return { type: 'pong' }
    case 'ERROR':
      return { type: 'error', error: frame.error, code: frame.code, retryable: frame.retryable }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
