import { describe, expect, test } from 'bun:test'
import { readServerSentEvents, type ServerSentEvent } from '../src/server-sent-events.ts'

const ignore = () => undefined
const failure = (cause: unknown) => cause

async function read(chunks: (string | Uint8Array)[]): Promise<ServerSentEvent[]> {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks)
        controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
      controller.close()
    },
  })
  return await Array.fromAsync(readServerSentEvents(body, { silentMs: 1_000, onRetry: ignore, failure }))
}

describe('server-sent events', () => {
  const stream =
    ': stream-open\n\nid: evt_1\nevent: a\ndata: {"x":"ä😀"}\n\n: keep-alive\n\ndata: two\ndata: lines\n\n'
  const events = [
    { id: 'evt_1', data: '{"x":"ä😀"}' },
    { id: undefined, data: 'two\nlines' },
  ]

  test('are the same however the bytes are cut', async () => {
    const bytes = new TextEncoder().encode(stream)
    for (let at = 0; at <= bytes.length; at++) {
      expect(await read([bytes.slice(0, at), bytes.slice(at)])).toEqual(events)
    }
    expect(await read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(events)
  })

  test.each(['\r\n', '\r'])('may end lines with %j', async (end) => {
    expect(await read([stream.replaceAll('\n', end), end])).toEqual(events)
  })

  test('may begin with a byte order mark', async () => {
    expect(await read([Uint8Array.of(0xef, 0xbb, 0xbf), 'data: x\n\n'])).toEqual([
      { id: undefined, data: 'x' },
    ])
  })

  test('that the stream cuts short are no events', async () => {
    expect(await read(['data: whole\n\ndata: cut\n'])).toEqual([{ id: undefined, data: 'whole' }])
  })

  test('tell the wait that the server asks for', async () => {
    const waits: number[] = []
    const body = new Response('retry: 2500\n\n').body as ReadableStream<Uint8Array>
    const options = { silentMs: 1_000, onRetry: (ms: number) => waits.push(ms), failure }
    expect(await Array.fromAsync(readServerSentEvents(body, options))).toEqual([])
    expect(waits).toEqual([2_500])
  })

  test('that are too large are an error instead of a growing buffer', async () => {
    const chunk = 'x'.repeat(1_048_576)
    expect(read(['data: ', chunk, chunk, chunk, chunk, chunk])).rejects.toThrow('too large')
  })

  test('are read only as fast as they are taken', async () => {
    let pulls = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls += 1
          controller.enqueue(new TextEncoder().encode(`data: ${pulls}\n\n`))
        },
      },
      { highWaterMark: 0 },
    )
    const events = readServerSentEvents(body, { silentMs: 1_000, onRetry: ignore, failure })
    await events.next()
    await events.next()
    expect(pulls).toBe(2)
    await events.return()
  })

  test('that stop coming are an error, and the body is let go', async () => {
    const cancelled = Promise.withResolvers<void>()
    const body = new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() })
    const events = readServerSentEvents(body, { silentMs: 10, onRetry: ignore, failure })
    expect(events.next()).rejects.toThrow('nothing received for 10 ms')
    await cancelled.promise
  })
})
