import { HttpError, TransportError, codeOfStatus, knownCode } from './errors.ts'
import { CLIENT_LIMITS } from './limits.ts'
import { isLoopback } from './url.ts'

/** Where the token comes from; a function is asked anew for every request and connection. */
export type TokenSource = string | (() => string | undefined) | undefined

/** What an error of a request is made from. */
export type Origin = Pick<TransportRequest, 'url' | 'signal'>

/** One request to the server. */
export interface TransportRequest {
  url: string
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  headers?: Record<string, string>
  token?: TokenSource
  body?: unknown
  signal?: AbortSignal
  fetch?: typeof fetch
}

/**
 * Sends one request and returns the answer whatever its status. Never follows a redirect. Throws an
 * {@link HttpError} with code `redirected` for one, a {@link TransportError} when there is no answer, and
 * the signal's reason when the caller gave up.
 */
export async function send(request: TransportRequest): Promise<Response> {
  const headers = new Headers(request.headers)
  const token = readToken(request.token)
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  if (request.body !== undefined) headers.set('content-type', 'application/json')
  const init: RequestInit & { proxy?: false } = {
    method: request.method ?? 'GET',
    headers,
    redirect: 'manual',
    cache: 'no-store',
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    // Bun sends loopback requests through HTTP_PROXY and ALL_PROXY, token included; `proxy: false`
    // is its way to say no. Everyone else ignores the key.
    ...(isLoopback(request.url) ? { proxy: false as const } : {}),
  }
  let response: Response
  try {
    response = await (request.fetch ?? fetch)(request.url, init)
  } catch (cause) {
    throw transportError(cause, request)
  }
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    await response.body?.cancel().catch(ignore)
    throw new HttpError({
      status: response.status,
      code: 'redirected',
      message: `${new URL(request.url).origin} redirects elsewhere; set the base URL to the final address`,
      retryable: false,
    })
  }
  return response
}

/** The token of a source; an empty one counts as none. Throws what the source throws. */
export function readToken(source: TokenSource): string | undefined {
  const token = typeof source === 'function' ? source() : source
  if (token === undefined || token === '') return undefined
  // The platform would refuse it too, with the token in the text of its error.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new TypeError('the token holds a space, a line break or another character that no header carries')
  }
  return token
}

/** What a failed fetch or body read means: the caller's own abort, else no complete answer. */
export function transportError(cause: unknown, request: Origin): unknown {
  if (request.signal?.aborted) return request.signal.reason
  if (cause instanceof TransportError) return cause
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new TransportError(`no answer from ${new URL(request.url).origin}: ${detail}`, { cause })
}

/**
 * Reads a body as text, at most `CLIENT_LIMITS.responseBytes` of it; more is an `invalid_response`. Throws as
 * {@link send} does when the body breaks off.
 */
export async function readText(response: Response, request: Origin): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw transportError(cause, request)
    })
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > CLIENT_LIMITS.responseBytes) {
      await reader.cancel().catch(ignore)
      throw invalidResponse(response, `the answer is over ${CLIENT_LIMITS.responseBytes} bytes`)
    }
    text += decoder.decode(value, { stream: true })
  }
}

/** The error of an answer that is not a success, from the envelope when there is one. */
export function errorOf(response: Response, body: string): HttpError {
  const envelope = readEnvelope(body)
  const byStatus = codeOfStatus(response.status)
  const code = envelope?.code ?? byStatus.code
  return new HttpError({
    status: response.status,
    code,
    message: envelope?.error ?? foreignMessage(response, body),
    retryable: knownCode(code)?.retryable ?? byStatus.retryable,
    requestId: envelope?.requestId ?? response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: parseRetryAfter(response.headers.get('retry-after'), Date.now()),
  })
}

/** The error of a success whose body breaks the API's promise. */
export function invalidResponse(response: Response, why: string, cause?: unknown): HttpError {
  return new HttpError({
    status: response.status,
    code: 'invalid_response',
    message: `the answer is not Moltnet's: ${why}`,
    retryable: false,
    requestId: response.headers.get('x-request-id') ?? undefined,
    cause,
  })
}

function readEnvelope(body: string): { error: string; code?: string; requestId?: string } | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { error, code, request_id } = value as Record<string, unknown>
  if (typeof error !== 'string') return undefined
  return {
    error,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof request_id === 'string' ? { requestId: request_id } : {}),
  }
}

function foreignMessage(response: Response, body: string): string {
  const shown = body.replace(/\s+/g, ' ').trim().slice(0, CLIENT_LIMITS.foreignBodyCharacters)
  const status = `${response.status} ${response.statusText}`.trim()
  return shown === '' ? status : `${status}: ${shown}`
}

/** `Retry-After` in milliseconds from `now`: seconds or an HTTP date. Undefined when absent or junk. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function ignore(): void {
  // The answer is given up already; why its body could not be cancelled changes nothing.
}
