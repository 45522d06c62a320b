import { messageOf } from '../../errors.ts'
import { NODE_LIMITS } from '../../limits.ts'
import { parseFrame } from './frames.ts'
import type { Frame, GatewayError, ResponseFrame } from './frames.ts'

/** One answer to a call. */
export type Answer =
  | { type: 'ok'; payload: unknown }
  /** `payload` tells how a run failed; without one the gateway refused the request itself. */
  | { type: 'error'; error: GatewayError; payload: unknown }
  /** The connection is gone; whether the request was worked on is not known. */
  | { type: 'lost' }

/** A request with its answers in order. */
export interface Call {
  /** The next answer; after the connection is gone always `lost`. */
  next(): Promise<Answer>
  /** Later answers are of no interest. */
  forget(): void
}

/** What a connection tells its owner. */
export interface ConnectionHandlers {
  onEvent(event: string, payload: unknown): void
  /** Called once. `opened`: whether the gateway had let the socket in. */
  onClosed(end: { code: number; reason: string; opened: boolean }): void
}

/** Bun's way to end a connection without the closing handshake. */
type TerminableSocket = WebSocket & { terminate(): void }

/**
 * One socket to a gateway: requests and their answers. Every operator hears of all sessions of the
 * gateway; those events are read and dropped here.
 */
export class Connection {
  /** Of the gateway, when it said so. */
  version: string | undefined
  readonly #socket: TerminableSocket
  readonly #calls = new Map<string, PendingCall>()
  #silence: ReturnType<typeof setTimeout> | undefined
  #silentMs: number | undefined
  #lastId = 0
  #closed = false

  constructor(url: string, handlers: ConnectionHandlers) {
    this.#socket = new WebSocket(url) as TerminableSocket
    let opened = false
    let failure = ''
    this.#socket.addEventListener('open', () => {
      opened = true
    })
    this.#socket.addEventListener('error', (event) => {
      failure = 'message' in event ? messageOf(event.message) : ''
    })
    this.#socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      this.#heard()
      const frame = typeof data === 'string' ? parseFrame(data) : undefined
      if (frame !== undefined) this.#handle(frame, handlers)
    })
    this.#socket.addEventListener('close', ({ code, reason }) => {
      this.#end()
      handlers.onClosed({ code, reason: reason || failure, opened })
    })
  }

  /** Sends a request. */
  call(method: string, params: object): Call {
    this.#lastId += 1
    const id = String(this.#lastId)
    const pending = new PendingCall(() => this.#calls.delete(id))
    if (this.#closed || this.#socket.readyState !== WebSocket.OPEN) pending.push({ type: 'lost' })
    else {
      this.#calls.set(id, pending)
      this.#socket.send(JSON.stringify({ type: 'req', id, method, params }))
    }
    return pending
  }

  /** Takes the connection for dead when nothing comes for so long. A gateway ticks. */
  watch(silentMs: number): void {
    this.#silentMs = silentMs
    this.#heard()
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Closes the socket; nothing is waited for. */
  close(): void {
    if (this.#closed) return
    this.#end()
    this.#socket.close(1000)
    // A peer that never answers the closing handshake would keep the socket for long.
    setTimeout(() => this.#socket.terminate(), NODE_LIMITS.socketCloseMs).unref()
  }

  #heard(): void {
    if (this.#silentMs === undefined || this.#closed) return
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => this.#socket.terminate(), this.#silentMs)
    this.#silence.unref()
  }

  #handle(frame: Frame, handlers: ConnectionHandlers): void {
    if (frame.type === 'event') handlers.onEvent(frame.event, frame.payload)
    else this.#calls.get(frame.id)?.push(answerOf(frame))
  }

  #end(): void {
    this.#closed = true
    clearTimeout(this.#silence)
    for (const call of this.#calls.values()) call.push({ type: 'lost' })
    this.#calls.clear()
  }
}

function answerOf({ ok, payload, error }: ResponseFrame): Answer {
  if (ok) return { type: 'ok', payload }
  return { type: 'error', error: error ?? { code: 'UNKNOWN', message: 'no reason was given' }, payload }
}

class PendingCall implements Call {
  readonly #answers: Answer[] = []
  readonly #forget: () => void
  #waiting: ((answer: Answer) => void) | undefined
  #lost = false

  constructor(forget: () => void) {
    this.#forget = forget
  }

  push(answer: Answer): void {
    this.#lost ||= answer.type === 'lost'
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) this.#answers.push(answer)
    else waiting(answer)
  }

  next(): Promise<Answer> {
    const answer = this.#answers.shift() ?? (this.#lost ? ({ type: 'lost' } as const) : undefined)
    if (answer !== undefined) return Promise.resolve(answer)
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  forget(): void {
    this.#forget()
  }
}
