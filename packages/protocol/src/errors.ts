import { z } from 'zod'

/**
 * The closed table of error codes. HTTP status, WebSocket close code and whether a retry can help
 * are properties of the code, mapped here and nowhere else.
 */
export const ERROR_CODES = {
  bad_request: { status: 400, closeCode: 1008, retryable: false },
  unauthorized: { status: 401, closeCode: 1008, retryable: false },
  forbidden: { status: 403, closeCode: 1008, retryable: false },
  not_found: { status: 404, closeCode: 1008, retryable: false },
  method_not_allowed: { status: 405, closeCode: 1008, retryable: false },
  conflict: { status: 409, closeCode: 1008, retryable: false },
  payload_too_large: { status: 413, closeCode: 1009, retryable: false },
  unsupported_media_type: { status: 415, closeCode: 1003, retryable: false },
  unprocessable_entity: { status: 422, closeCode: 1008, retryable: false },
  rate_limited: { status: 429, closeCode: 1013, retryable: true },
  internal_error: { status: 500, closeCode: 1011, retryable: true },
  bad_gateway: { status: 502, closeCode: 1011, retryable: true },
  service_unavailable: { status: 503, closeCode: 1013, retryable: true },
  /** Attachment only: another socket of the same durable consumer took over. */
  taken_over: { status: 409, closeCode: 1008, retryable: false },
  /** Attachment only: a frame that breaks `moltnet.attach.v1`. */
  protocol_error: { status: 400, closeCode: 1008, retryable: false },
  /** Attachment only: no IDENTIFY, or no frame at all, within its time limit. */
  timeout: { status: 408, closeCode: 1008, retryable: true },
  /** Attachment only: the agent was removed by an operator. */
  agent_removed: { status: 403, closeCode: 1008, retryable: false },
} as const satisfies Record<string, ErrorCodeInfo>

/** What a code means on each surface. */
export interface ErrorCodeInfo {
  /** HTTP status. */
  status: number
  /** WebSocket close code (RFC 6455 section 7.4.1, IANA registry). */
  closeCode: number
  /** Whether the same request can succeed later without a change by the caller. */
  retryable: boolean
}

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES

/**
 * The one error that domain and service code throws. `message` is shown to clients for every status
 * below 500, so it must say what to do and must not hold secrets.
 */
export class MoltnetError extends Error {
  override readonly name = 'MoltnetError'
  readonly code: ErrorCode
  /** Seconds for `Retry-After`, when known. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  get status(): number {
    return ERROR_CODES[this.code].status
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable
  }
}

/** The error envelope of every HTTP answer that is not a success. */
export const ErrorEnvelope = z.object({
  error: z.string(),
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  request_id: z.string(),
})
export type ErrorEnvelope = z.infer<typeof ErrorEnvelope>
