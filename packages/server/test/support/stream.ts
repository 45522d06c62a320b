import type { MoltnetEvent } from '@moltnet/protocol'
import { deadline } from './wait.ts'

/** One event of a stream as it came. */
export interface StreamedEvent {
  readonly id: string
  readonly type: string
  readonly data: MoltnetEvent
}

/** A reader of `/v1/events/stream`. */
export class TestStream implements AsyncDisposable {
  readonly response: Response
  readonly events: StreamedEvent[] = []
  readonly comments: string[] = []
  /** Everything so far, byte for byte. */
  text = ''
  ended = false
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #abort: AbortController
  #rest = ''
  #wake: () => void = () => {}
  #taken = 0

  private constructor(response: Response, abort: AbortController) {
    this.response = response
    this.#abort = abort
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader()
    void this.#read()
  }

  static async open(
    url: string,
    o: { token?: string; lastEventId?: string; query?: string } = {},
  ): Promise<TestStream> {
    const abort = new AbortController()
    const headers = {
      ...(o.token !== undefined && { Authorization: `Bearer ${o.token}` }),
      ...(o.lastEventId !== undefined && { 'Last-Event-ID': o.lastEventId }),
    }
    const response = await fetch(`${url}/v1/events/stream${o.query ?? ''}`, { headers, signal: abort.signal })
    if (response.status !== 200) throw new Error(`refused: ${response.status} ${await response.text()}`)
    const stream = new TestStream(response, abort)
    await stream.until(() => stream.comments.includes('stream-open'), 'the stream to open')
    return stream
  }

  /** The next event of one of these types, or of any. */
  async next(...types: string[]): Promise<StreamedEvent> {
    let found: StreamedEvent | undefined
    await this.until(
      () => {
        while (found === undefined && this.#taken < this.events.length) {
          const event = this.events[this.#taken++] as StreamedEvent
          if (types.length === 0 || types.includes(event.type)) found = event
        }
        return found !== undefined
      },
      `an event; so far ${this.text.slice(-500)}`,
    )
    return found as StreamedEvent
  }

  /** Ids of the messages so far. */
  messageIds(): string[] {
    return this.events.flatMap(({ data }) => (data.type === 'message.created' ? [data.message.id] : []))
  }

  async until(condition: () => boolean, what: string, ms?: number): Promise<void> {
    await deadline(
      async () => {
        while (!condition()) {
          if (this.ended) throw new Error(`the stream ended before ${what}`)
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
        }
      },
      what,
      ms,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#reader.cancel().catch(() => {})
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder()
    try {
      for (;;) {
        const { value, done } = await this.#reader.read()
        if (done) break
        this.#take(decoder.decode(value, { stream: true }))
        this.#wake()
      }
    } catch {
      // Aborted by the test, or cut by the server: both are an end.
    }
    this.ended = true
    this.#wake()
  }

  #take(text: string): void {
    this.text += text
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      if (block.startsWith(': ')) {
        this.comments.push(block.slice(2))
        continue
      }
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]))
      const data = JSON.parse(fields.get('data') ?? 'null') as MoltnetEvent
      this.events.push({ id: fields.get('id') ?? '', type: fields.get('event') ?? '', data })
    }
  }
}
