import type { MessageAccepted } from '@moltnet/protocol'
import { backoffMs } from './backoff.ts'
import { deadline, wait } from './deadline.ts'
import { HttpError, OutcomeUnknownError, TransportError } from './errors.ts'
import { CLIENT_LIMITS } from './limits.ts'
import type { MessageBody, MessageSender } from './message-sender.ts'

/** Options of {@link sendUntilKnown}. */
export interface SendOptions {
  /** How long the outcome is sought, in milliseconds. Default 30,000. */
  timeoutMs?: number
  /** Gives up; the call then throws the signal's reason, and the outcome may be unknown. */
  signal?: AbortSignal
  /** In [0, 1); spreads the retries of many senders. Default `Math.random`. */
  random?: () => number
}

const PLAN = { firstMs: CLIENT_LIMITS.sendBackoffFirstMs, maxMs: CLIENT_LIMITS.sendBackoffMaxMs, jitter: 0.5 }

/**
 * Sends a message and does not stop at a lost answer: the same id is sent again until the server says what
 * became of it. An id is made once when the body has none. Throws the `HttpError` of an answer that no
 * retry can change, or when only refusals such as 429 came before the deadline (nothing was stored then);
 * an `OutcomeUnknownError` that names the id when the deadline passes without an answer.
 */
export async function sendUntilKnown(
  client: MessageSender,
  body: MessageBody,
  options: SendOptions = {},
): Promise<MessageAccepted> {
  const id = body.id === undefined || body.id === '' ? newMessageId() : body.id
  const message = { ...body, id }
  const limitMs = options.timeoutMs ?? CLIENT_LIMITS.sendMs
  const endsAt = performance.now() + limitMs
  const total = deadline(limitMs, () => new OutcomeUnknownError(id), options.signal)
  let unknown = false
  try {
    for (let failures = 1; ; failures++) {
      try {
        return await client.sendMessage(message, { signal: total.signal })
      } catch (error) {
        if (!isRetryable(error)) throw error
        unknown ||= !refusedUnread(error)
        const pauseMs = pauseAfter(error, failures, options.random ?? Math.random)
        if (performance.now() + pauseMs >= endsAt) {
          throw unknown ? new OutcomeUnknownError(id, { cause: error }) : error
        }
        await wait(pauseMs, total.signal)
      }
    }
  } finally {
    total.release()
  }
}

function isRetryable(error: unknown): error is HttpError | TransportError {
  if (error instanceof OutcomeUnknownError) return false
  return (error instanceof HttpError || error instanceof TransportError) && error.retryable
}

/** Whether the server turned the request away before looking at it, so that nothing was stored. */
function refusedUnread(error: HttpError | TransportError): boolean {
  return error instanceof HttpError && error.status === 429
}

function pauseAfter(error: HttpError | TransportError, failures: number, random: () => number): number {
  const own = backoffMs(PLAN, failures, random)
  const asked = error instanceof HttpError ? error.retryAfterMs : undefined
  return Math.max(own, asked ?? 0)
}

/**
 * A message id in the server's own form: `msg_` and a random UUID. Not `crypto.randomUUID`, which browsers
 * offer on secure origins only.
 */
export function newMessageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `msg_${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
