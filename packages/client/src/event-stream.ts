import { MoltnetEvent } from '@moltnet/protocol'
import { z } from 'zod'
import { type BackoffPlan, backoffMs } from './backoff.ts'
import { deadline, wait } from './deadline.ts'
import { HttpError, TransportError } from './errors.ts'
import { isKnownEventType } from './frames.ts'
import { CLIENT_LIMITS, EVENT_STREAM_LIMITS } from './limits.ts'
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.ts'
import { errorOf, invalidResponse, readText, send, type TokenSource, transportError } from './transport.ts'
import { endpoint, normalizeBaseUrl } from './url.ts'

/** What an event stream is doing. */
export type EventStreamState =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'retrying'; reason: string; retryInMs: number }

/** Which stream, from where on. */
export interface EventStreamOptions {
  baseUrl: string
  /** A function is asked anew at every connect. */
  token?: TokenSource
  /** Resumes after this event. Without it the stream begins with what happens next. */
  lastEventId?: string
  /** Ends the iteration. */
  signal: AbortSignal
  onState?: (state: EventStreamState) => void
  /** An event was passed over because this version cannot read it. */
  onUnreadable?: (event: { id: string | undefined; reason: string; known: boolean }) => void
  /** In [0, 1); spreads reconnects. Default `Math.random`. */
  random?: () => number
  fetch?: typeof fetch
  /** For tests and unusual networks. */
  timing?: Partial<EventStreamTiming>
}

/** Times of an event stream in milliseconds. */
export interface EventStreamTiming {
  /** For the answer to begin. */
  connectMs: number
  /** The stream is dead after this long without any byte. */
  silentMs: number
  reconnect: BackoffPlan
}

/**
 * Events as the credential may see them, in log order. Reconnects by itself and resumes after the last
 * event; when the server no longer has that one, a `stream.replay_gap` event says so. Ends when the signal
 * aborts. Throws a TypeError for an unusable base URL, and the `HttpError` of an answer that no retry can
 * change (401, 403, a server that is none).
 */
export async function* openEventStream(options: EventStreamOptions): AsyncGenerator<MoltnetEvent, void> {
  const position: Position = {
    url: endpoint(normalizeBaseUrl(options.baseUrl), ['v1', 'events', 'stream']),
    lastEventId: options.lastEventId,
    retryMs: 0,
    timing: { ...EVENT_STREAM_LIMITS, ...options.timing },
  }
  let failures = 0
  while (!options.signal.aborted) {
    options.onState?.({ state: 'connecting' })
    let loss: unknown = new TransportError('the server ended the stream')
    try {
      for await (const event of connection(options, position)) {
        if (event !== 'open') yield event
        else {
          failures = 0
          options.onState?.({ state: 'open' })
        }
      }
    } catch (error) {
      loss = error
    }
    if (options.signal.aborted) return
    if (!isRetryable(loss)) throw loss
    failures += 1
    const retryInMs = pauseAfter(loss, failures, { position, random: options.random ?? Math.random })
    options.onState?.({ state: 'retrying', reason: loss.message, retryInMs })
    await wait(retryInMs, options.signal).catch(() => undefined)
  }
}

/** What one connection leaves to the next. */
interface Position {
  readonly url: string
  readonly timing: EventStreamTiming
  lastEventId: string | undefined
  /** The wait that the server asked for by a `retry` field. */
  retryMs: number
}

/** One connection: `open` once, then its events. */
async function* connection(
  options: EventStreamOptions,
  position: Position,
): AsyncGenerator<MoltnetEvent | 'open', void> {
  const { url, timing, lastEventId } = position
  const onTime = () => new TransportError(`no answer from the server within ${timing.connectMs} ms`)
  const limit = deadline(timing.connectMs, onTime, options.signal)
  try {
    const response = await request(options, { url, signal: limit.signal, lastEventId })
    limit.stopClock()
    yield 'open'
    const { body } = response
    if (body === null) return
    const onRetry = (ms: number) => {
      position.retryMs = ms
    }
    const failure = (cause: unknown) => transportError(cause, { url, signal: limit.signal })
    const { silentMs } = timing
    for await (const received of readServerSentEvents(body, { silentMs, onRetry, failure })) {
      if (received.id !== undefined) position.lastEventId = received.id
      const event = readEvent(received, options)
      if (event !== undefined) yield event
    }
  } finally {
    limit.release()
  }
}

async function request(
  options: EventStreamOptions,
  o: { url: string; signal: AbortSignal; lastEventId: string | undefined },
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'text/event-stream' }
  if (o.lastEventId !== undefined && o.lastEventId !== '') headers['last-event-id'] = o.lastEventId
  const { token, fetch } = options
  const response = await send({ url: o.url, signal: o.signal, headers, token, ...(fetch ? { fetch } : {}) })
  if (!response.ok) throw errorOf(response, await readText(response, o))
  const type = response.headers.get('content-type') ?? 'no content type'
  if (!type.startsWith('text/event-stream'))
    throw invalidResponse(response, `not an event stream but ${type}`)
  return response
}

/** The event behind a line of the stream; undefined, with a report, when this version cannot read it. */
function readEvent(received: ServerSentEvent, options: EventStreamOptions): MoltnetEvent | undefined {
  let value: unknown
  let reason = 'not JSON'
  try {
    value = JSON.parse(received.data)
    const parsed = MoltnetEvent.safeParse(value)
    if (parsed.success) return parsed.data
    reason = z.prettifyError(parsed.error)
  } catch {
    // Reported below like any other fault of the event.
  }
  const type = Typed.safeParse(value).data?.type
  const known = type === undefined || isKnownEventType(type)
  options.onUnreadable?.({ id: received.id, known, reason: known ? reason : `unknown event type ${type}` })
  return undefined
}

const Typed = z.object({ type: z.string() })

function pauseAfter(
  loss: HttpError | TransportError,
  failures: number,
  o: { position: Position; random: () => number },
): number {
  const asked = loss instanceof HttpError ? (loss.retryAfterMs ?? 0) : 0
  const least = Math.min(Math.max(asked, o.position.retryMs), CLIENT_LIMITS.retryAfterMaxMs)
  return Math.max(least, backoffMs(o.position.timing.reconnect, failures, o.random))
}

function isRetryable(error: unknown): error is HttpError | TransportError {
  return (error instanceof HttpError || error instanceof TransportError) && error.retryable
}
