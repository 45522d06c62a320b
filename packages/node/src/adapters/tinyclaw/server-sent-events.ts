import { NODE_LIMITS } from '../../limits.ts'
import { LineReader } from '../../process/output.ts'

/** One event of a stream. */
export interface ServerSentEvent {
  name: string
  data: string
}

/** The events of a response body until it ends or breaks off. Never throws; a line that is too long is skipped. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, void> {
  const ready: ServerSentEvent[] = []
  let name = 'message'
  let data: string[] = []
  const lines = new LineReader(NODE_LIMITS.lineBytes, (line) => {
    const [field, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line)?.slice(1) ?? []
    if (field === 'event') name = value
    else if (field === 'data') data.push(value)
    if (line !== '') return
    if (data.length > 0) ready.push({ name, data: data.join('\n') })
    name = 'message'
    data = []
  })
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      lines.push(value)
      yield* ready.splice(0)
    }
  } catch {
    // Broken off: for the reader the same as ended.
  } finally {
    reader.cancel().catch(() => {})
  }
}
