import { createParser } from 'eventsource-parser'
import { TransportError } from './errors.ts'
import { EVENT_STREAM_LIMITS } from './limits.ts'

/** One event as the stream carries it. */
export interface ServerSentEvent {
  /** Undefined when the event names none. */
  id: string | undefined
  data: string
}

/** How a stream of server-sent events is read. */
export interface ReadOptions {
  /** The stream is dead after this long without any byte, comments included, in milliseconds. */
  silentMs: number
  /** The server asks for this wait before a reconnect, in milliseconds. */
  onRetry(ms: number): void
  /** What is thrown when the body's reader fails. */
  failure(cause: unknown): unknown
}

/**
 * The events of one response body, until it ends. Reads on only when the consumer asks for more, so that a
 * slow one slows the sender. Throws a {@link TransportError} when nothing comes for too long or an event is
 * too large.
 */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<ServerSentEvent, void> {
  const parsed: ServerSentEvent[] = []
  let tooLarge = false
  const parser = createParser({
    maxBufferSize: EVENT_STREAM_LIMITS.eventCharacters,
    onEvent: ({ id, data }) => parsed.push({ id, data }),
    onRetry: options.onRetry,
    onError: ({ type }) => {
      tooLarge ||= type === 'max-buffer-size-exceeded'
    },
  })
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const read = reader.read().catch((cause: unknown) => {
        throw options.failure(cause)
      })
      const { done, value } = await withinTime(read, options.silentMs)
      if (done) return
      parser.feed(decoder.decode(value, { stream: true }))
      yield* parsed.splice(0)
      if (tooLarge) throw new TransportError('an event of the stream is too large')
    }
  } finally {
    // Not awaited: a source that hangs would hold up whoever leaves the loop.
    reader.cancel().catch(() => undefined)
  }
}

async function withinTime<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TransportError(`nothing received for ${limitMs} ms`)), limitMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
