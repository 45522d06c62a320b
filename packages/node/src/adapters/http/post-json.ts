import { messageOf } from '../../errors.ts'
import { NODE_LIMITS } from '../../limits.ts'
import { directFetch } from './direct-fetch.ts'

/** One request to a runtime that runs by itself. */
export interface PostOptions {
  url: string
  headers: Readonly<Record<string, string>>
  /** JSON. */
  body: string
  signal: AbortSignal
  /** Called once, when the runtime has taken the request. */
  onTaken(): void
}

/** How a request ended. */
export type PostResult =
  | {
      type: 'answered'
      status: number
      headers: Headers
      /** The beginning of the answer. */
      text: string
      /** Whether the answer was longer than what is kept. */
      cut: boolean
    }
  /** Nobody took it. */
  | { type: 'unreachable'; error: string }
  /** It broke off; whether it was worked on is not known. */
  | { type: 'lost'; error: string }

/** Codes of a connection that broke after it was made; with any other the request was never sent. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ConnectionClosed'])

/** Posts JSON and reads the answer, whatever its status. Never throws. */
export async function postJson(options: PostOptions): Promise<PostResult> {
  const { url, headers, body, signal, onTaken } = options
  // Bun has no event for "connected": what is not refused by now is being worked on.
  const taken = setTimeout(onTaken, NODE_LIMITS.takenMs)
  try {
    const response = await directFetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body,
      signal,
      // A kept connection that the other side has just closed would look like a lost request.
      keepalive: false,
    })
    onTaken()
    return {
      type: 'answered',
      status: response.status,
      headers: response.headers,
      ...(await readStart(response)),
    }
  } catch (error) {
    const broken = signal.aborted || BROKEN.has(codeOf(error))
    if (broken) onTaken()
    return { type: broken ? 'lost' : 'unreachable', error: messageOf(error) }
  } finally {
    clearTimeout(taken)
  }
}

/** Reads at most what is kept of a last text; the rest is not fetched. */
async function readStart(response: Response): Promise<{ text: string; cut: boolean }> {
  const reader = response.body?.getReader()
  if (reader === undefined) return { text: '', cut: false }
  const decoder = new TextDecoder()
  let text = ''
  let room: number = NODE_LIMITS.finalTextBytes
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { text: text + decoder.decode(), cut: false }
    text += decoder.decode(value.subarray(0, room), { stream: true })
    room -= value.byteLength
    if (room < 0) {
      await reader.cancel().catch(() => {})
      return { text, cut: true }
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
