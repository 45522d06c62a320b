import { ERROR_CODES, type ErrorCode } from '@moltnet/protocol'

/** What an {@link HttpError} is made of. */
export interface HttpErrorInit {
  status: number
  code: string
  message: string
  retryable: boolean
  requestId?: string
  retryAfterMs?: number
  cause?: unknown
}

/**
 * The server answered, but not with a success. `code` is a code of the protocol's error table, or
 * `redirected` for an answer that points elsewhere (never followed: the token would go along), or
 * `invalid_response` for a success whose body is not what the API promises.
 */
export class HttpError extends Error {
  override readonly name: string = 'HttpError'
  readonly status: number
  readonly code: string
  /** Whether the same request may succeed later without a change by the caller. */
  readonly retryable: boolean
  /** `X-Request-Id` of the answer: what an operator looks for in the server's log. */
  readonly requestId: string | undefined
  /** Wait asked for by `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(init: HttpErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause })
    this.status = init.status
    this.code = init.code
    this.retryable = init.retryable
    this.requestId = init.requestId
    this.retryAfterMs = init.retryAfterMs
  }
}

/** No complete answer: unreachable, reset or timed out. What the server did with the request is unknown. */
export class TransportError extends Error {
  override readonly name: string = 'TransportError'
  readonly retryable = true as const
}

/**
 * A message was tried until its deadline and no try got an answer that settles it: it may be stored or
 * not. Sending it again with the same `messageId` is safe, the server stores an id once.
 */
export class OutcomeUnknownError extends TransportError {
  override readonly name: string = 'OutcomeUnknownError'
  readonly messageId: string

  constructor(messageId: string, options: { cause?: unknown } = {}) {
    super(`no answer for message ${messageId}: it may be stored or not; send it again with this id`, options)
    this.messageId = messageId
  }
}

/** The table entry of a code that came over the wire; undefined when this version does not know it. */
export function knownCode(code: string): { code: ErrorCode; retryable: boolean } | undefined {
  if (!Object.hasOwn(ERROR_CODES, code)) return undefined
  const known = code as ErrorCode
  return { code: known, retryable: ERROR_CODES[known].retryable }
}

/** The code and retry rule of an HTTP status whose body names no code. */
export function codeOfStatus(status: number): { code: ErrorCode; retryable: boolean } {
  const code = STATUS_CODES.get(status) ?? (status < 500 ? 'bad_request' : 'internal_error')
  return { code, retryable: ERROR_CODES[code].retryable || RETRYABLE_STATUS.has(status) }
}

/** First code of each status: the attachment-only codes come last in the table. */
const STATUS_CODES = new Map(
  (Object.keys(ERROR_CODES) as ErrorCode[])
    .reverse()
    .map((code) => [ERROR_CODES[code].status as number, code]),
)

/** Statuses of proxies that a later try may not meet: request timeout, too early. */
const RETRYABLE_STATUS = new Set([408, 425])
