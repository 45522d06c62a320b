import { NODE_LIMITS } from '../../limits.ts'
import { parsePicoFrame } from './turn-end.ts'
import type { PicoFrame } from './turn-end.ts'

/** Why there is no socket. `status` is what the gateway answered to the upgrade, when it answered. */
export interface PicoRefusal {
  type: 'refused'
  status: number | undefined
  error: string
}

/** Where a socket leads to. */
export interface PicoAddress {
  url: string
  sessionId: string
  token?: string
}

/** What Bun takes beyond the browser's constructor, and beyond its methods. */
type BunWebSocket = new (
  url: string,
  options: { headers: Record<string, string> },
) => WebSocket & { terminate(): void }

/** A socket of one session: what the agent says there comes to it as long as it is open. */
export class PicoSocket {
  readonly #socket: InstanceType<BunWebSocket>
  readonly #frames: PicoFrame[] = []
  readonly #keepAlive: ReturnType<typeof setInterval>
  #wake: (() => void) | undefined
  #heardAt = performance.now()

  private constructor(socket: InstanceType<BunWebSocket>) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      this.#heardAt = performance.now()
      const frame = typeof data === 'string' ? parsePicoFrame(data) : undefined
      if (frame !== undefined && frame.type !== 'pong') this.#frames.push(frame)
      this.#wake?.()
    })
    socket.addEventListener('close', () => {
      clearInterval(this.#keepAlive)
      this.#wake?.()
    })
    this.#keepAlive = setInterval(() => {
      if (performance.now() - this.#heardAt > NODE_LIMITS.picoclawSilentMs) socket.terminate()
      else this.#send({ type: 'ping' })
    }, NODE_LIMITS.picoclawPingMs)
    this.#keepAlive.unref()
  }

  /** Opens a socket. Never throws. */
  static async open({ url, sessionId, token }: PicoAddress): Promise<PicoSocket | PicoRefusal> {
    const address = new URL(url)
    address.searchParams.set('session_id', sessionId)
    const Constructor = WebSocket as unknown as BunWebSocket
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const socket = new Constructor(address.href, { headers })
    const { promise, resolve } = Promise.withResolvers<PicoSocket | PicoRefusal>()
    let error = 'no answer'
    socket.addEventListener('error', (event) => {
      error = 'message' in event ? String(event.message) : error
    })
    socket.addEventListener('open', () => resolve(new PicoSocket(socket)))
    socket.addEventListener('close', () => {
      const status = /status code: (\d{3})/.exec(error)?.[1]
      resolve({ type: 'refused', status: status === undefined ? undefined : Number(status), error })
    })
    const late = setTimeout(() => socket.terminate(), NODE_LIMITS.picoclawConnectMs)
    const result = await promise
    clearTimeout(late)
    return result
  }

  /** Says something to the agent. */
  say(id: string, content: string): void {
    this.#send({ type: 'message.send', id, payload: { content } })
  }

  /** The next frame, at most `withinMs` from now. */
  async next(withinMs: number, signal: AbortSignal): Promise<PicoFrame | 'silence' | 'closed' | 'aborted'> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const frame = this.#frames.shift()
      if (frame !== undefined) return frame
      if (signal.aborted) return 'aborted'
      if (this.#socket.readyState !== WebSocket.OPEN) return 'closed'
      const left = deadline - performance.now()
      if (left <= 0) return 'silence'
      await this.#somethingHappens(left, signal)
    }
  }

  /** Closes the socket after what was said has gone out. */
  close(): void {
    clearInterval(this.#keepAlive)
    this.#socket.close(1000)
    setTimeout(() => this.#socket.terminate(), NODE_LIMITS.socketCloseMs).unref()
  }

  async #somethingHappens(withinMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const onAbort = () => resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    const timer = setTimeout(resolve, Math.min(withinMs, LONGEST_TIMER_MS))
    await promise
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    this.#wake = undefined
  }

  #send(frame: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }
}

/** A platform's timer counts in signed 32 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
