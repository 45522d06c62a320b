import { STATUS_CODES } from 'node:http'
import { ERROR_CODES, MoltnetError } from '@moltnet/protocol'
import type { ErrorCode, ErrorEnvelope } from '@moltnet/protocol'
import { StoreFailed } from '../store/port.ts'
import { json } from './answer.ts'

/** What an error means to a client; anything unknown is an internal error. */
export function asMoltnetError(error: unknown): MoltnetError {
  if (error instanceof MoltnetError) return error
  if (error instanceof StoreFailed)
    return new MoltnetError('service_unavailable', error.message, { cause: error })
  return new MoltnetError('internal_error', 'unexpected error', { cause: error })
}

/** The one place where an error becomes an HTTP answer. A 5xx never says more than its status. */
export function problem(error: MoltnetError, requestId: string): Response {
  const { status } = error
  const text = status < 500 ? error.message : statusText(status)
  const response = json(status, {
    error: text,
    code: error.code,
    request_id: requestId,
  } satisfies ErrorEnvelope)
  if (error.retryAfterSeconds !== undefined)
    response.headers.set('Retry-After', String(Math.max(1, Math.ceil(error.retryAfterSeconds))))
  if (status === 401) response.headers.set('WWW-Authenticate', 'Bearer realm="moltnet"')
  return response
}

/** The status text of a code in lower case. */
export function statusText(status: number): string {
  return (STATUS_CODES[status] ?? 'error').toLowerCase()
}

/** The error for a code, with its status text as the message. */
export function plainProblem(code: ErrorCode): MoltnetError {
  return new MoltnetError(code, statusText(ERROR_CODES[code].status))
}
