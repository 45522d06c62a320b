import { Broken } from '../expect.ts'
import { DEFAULT_WAIT_MS, Inbox } from './inbox.ts'

/** One server-sent event. */
export interface StreamEvent {
  id: string
  event: string
  data: Record<string, unknown>
}

/** How a stream is opened. */
export interface StreamOptions {
  token?: string | undefined
  lastEventId?: string
  query?: string
  headers?: Record<string, string>
  /** See {@link Inbox}. */
  waitMs?: number
}

/** A raw event stream that keeps everything, comments included. */
export class StreamPeer implements AsyncDisposable {
  readonly events: Inbox<StreamEvent>
  readonly comments: string[] = []
  readonly contentType: string
  /** The first bytes of the stream. */
  firstBytes = ''
  readonly #abort: AbortController
  readonly #done: Promise<void>

  private constructor(answer: Response, { abort, waitMs }: { abort: AbortController; waitMs: number }) {
    this.events = new Inbox(waitMs)
    this.contentType = answer.headers.get('content-type') ?? ''
    this.#abort = abort
    this.#done = this.#read(answer.body as ReadableStream<Uint8Array>)
  }

  static async open(baseUrl: string, o: StreamOptions = {}): Promise<StreamPeer> {
    const { waitMs = DEFAULT_WAIT_MS } = o
    const abort = new AbortController()
    const slow = setTimeout(
      () => abort.abort(new Broken(`the event stream did not begin in ${waitMs} ms`)),
      waitMs,
    )
    const answer = await fetch(`${baseUrl}/v1/events/stream${o.query ?? ''}`, {
      headers: {
        accept: 'text/event-stream',
        ...(o.token === undefined ? {} : { authorization: `Bearer ${o.token}` }),
        ...(o.lastEventId === undefined ? {} : { 'last-event-id': o.lastEventId }),
        ...o.headers,
      },
      signal: abort.signal,
    }).finally(() => clearTimeout(slow))
    if (answer.status !== 200)
      throw new Broken(`the event stream answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`)
    return new StreamPeer(answer, { abort, waitMs })
  }

  /** The first event of a type, optionally of one message. */
  event(type: string, what: string, messageId?: string): Promise<StreamEvent> {
    return this.events.find(
      (event) =>
        event.event === type &&
        (messageId === undefined || (event.data['message'] as { id?: string } | undefined)?.id === messageId),
      what,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#done
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    let buffered = ''
    try {
      for await (const chunk of body) {
        buffered += decoder.decode(chunk, { stream: true })
        if (this.firstBytes === '') this.firstBytes = buffered
        for (let end = buffered.indexOf('\n\n'); end >= 0; end = buffered.indexOf('\n\n')) {
          this.#block(buffered.slice(0, end))
          buffered = buffered.slice(end + 2)
        }
      }
      this.events.close('ended by the server')
    } catch {
      this.events.close('ended')
    }
  }

  #block(block: string): void {
    const fields: Record<string, string> = {}
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) this.comments.push(line)
      else fields[line.slice(0, line.indexOf(':'))] = line.slice(line.indexOf(':') + 1).trimStart()
    }
    if (fields['data'] === undefined) return
    this.events.push({
      id: fields['id'] ?? '',
      event: fields['event'] ?? '',
      data: JSON.parse(fields['data']) as Record<string, unknown>,
    })
  }
}
