/** What a socket tells its owner. Nothing after `drop`. */
export interface SocketHandlers {
  opened(): void
  text(data: string): void
  binary(): void
  /** `opened`: whether the upgrade had succeeded. */
  closed(end: { code: number; reason: string; opened: boolean }): void
}

/** A text socket over the platform's WebSocket. */
export interface Socket {
  /** Ignored when the socket is not open. */
  send(text: string): void
  /** Lets go of the socket; resolves when it is closed, at the latest after `limitMs`. */
  drop(options: { reason: string; abrupt: boolean; limitMs: number }): Promise<void>
}

/** This platform cannot make the socket that is asked for, now or later. */
export class UnsupportedSocketError extends Error {
  override readonly name = 'UnsupportedSocketError'
}

/** What Bun and Node take beyond the browser's constructor, and Bun beyond its methods. */
type ServerSideWebSocket = new (url: string, options: { headers: Record<string, string> }) => WebSocket
interface Terminable {
  terminate?: () => void
}

/** Closing codes that a program may use: normal, and one of the private range. */
const NORMAL = 1000
const DROPPED = 4000
/** RFC 6455 5.5: a control frame carries 125 bytes, two of them the code. */
const REASON_BYTES = 123

/** Opens a socket. Throws an {@link UnsupportedSocketError} where there is none, or none with a token. */
export function openSocket(url: string, token: string | undefined, handlers: SocketHandlers): Socket {
  const socket = construct(url, token)
  socket.binaryType = 'arraybuffer'
  const closed = Promise.withResolvers<void>()
  let attached = true
  let opened = false
  socket.addEventListener('open', () => {
    opened = true
    if (attached) handlers.opened()
  })
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (!attached) return
    if (typeof data === 'string') handlers.text(data)
    else handlers.binary()
  })
  socket.addEventListener('close', ({ code, reason }) => {
    closed.resolve()
    if (attached) handlers.closed({ code, reason, opened })
  })
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    async drop({ reason, abrupt, limitMs }) {
      attached = false
      if (socket.readyState === WebSocket.CLOSED) return
      const unanswered = abrupt || socket.readyState === WebSocket.CONNECTING
      if (unanswered && terminate(socket)) return
      socket.close(abrupt ? DROPPED : NORMAL, shorten(reason))
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limitMs)
      })
      await Promise.race([closed.promise, late])
      clearTimeout(timer)
      terminate(socket)
    },
  }
}

function construct(url: string, token: string | undefined): WebSocket {
  if (typeof WebSocket === 'undefined') {
    throw new UnsupportedSocketError('this platform has no WebSocket; Node has one from version 22 on')
  }
  if (token === undefined) return new WebSocket(url)
  try {
    const Constructor = WebSocket as unknown as ServerSideWebSocket
    return new Constructor(url, { headers: { authorization: `Bearer ${token}` } })
  } catch (cause) {
    // A browser takes the object for a subprotocol name and finds it malformed.
    throw new UnsupportedSocketError('this platform cannot send a token with a WebSocket', { cause })
  }
}

/** Ends the connection without a handshake where the platform can; whether it could. */
function terminate(socket: WebSocket & Terminable): boolean {
  if (typeof socket.terminate !== 'function') return false
  socket.terminate()
  return true
}

function shorten(reason: string): string {
  const bytes = new TextEncoder().encode(reason)
  if (bytes.length <= REASON_BYTES) return reason
  // A cut character becomes U+FFFD, three bytes.
  return new TextDecoder().decode(bytes.subarray(0, REASON_BYTES - 3))
}
