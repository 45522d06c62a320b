import type { AttachmentInput } from './attachment-machine.ts'
import { deadline } from './deadline.ts'
import { HttpError, TransportError } from './errors.ts'
import { errorOf, readText, send } from './transport.ts'

/** Statuses that speak about the caller or the server's state; others only that this was no upgrade. */
const TELLING_STATUS: ReadonlySet<number> = new Set([401, 403, 404, 429, 503])
const PERMANENT_STATUS: ReadonlySet<number> = new Set([401, 403])

/**
 * Finds out why a WebSocket upgrade failed, which no platform tells: asks the same URL with the same
 * credential without an upgrade. Never throws.
 */
export async function explainRefusal(request: {
  url: string
  token: () => string | undefined
  limitMs: number
  signal: AbortSignal
}): Promise<Extract<AttachmentInput, { type: 'rejected' | 'unexplained' }>> {
  const onTime = () => new TransportError(`no answer from the server within ${request.limitMs} ms`)
  const { signal, release } = deadline(request.limitMs, onTime, request.signal)
  try {
    const response = await send({ url: request.url, token: request.token, signal })
    const error = errorOf(response, await readText(response, { url: request.url, signal }))
    if (TELLING_STATUS.has(response.status)) return rejected(error)
    return unexplained(`the server took no WebSocket (it answers ${response.status} to a plain request)`)
  } catch (error) {
    if (error instanceof HttpError && error.code === 'redirected') return rejected(error)
    return unexplained(error instanceof Error ? error.message : String(error))
  } finally {
    release()
  }
}

function rejected(error: HttpError): Extract<AttachmentInput, { type: 'rejected' }> {
  return {
    type: 'rejected',
    rejection: {
      error: error.message,
      code: error.code,
      permanent: PERMANENT_STATUS.has(error.status),
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    },
  }
}

function unexplained(reason: string): Extract<AttachmentInput, { type: 'unexplained' }> {
  return { type: 'unexplained', reason }
}
