import { describe, expect, test } from 'bun:test'
import {
  createHttpClient,
  HttpError,
  newMessageId,
  OutcomeUnknownError,
  sendUntilKnown,
} from '../src/index.ts'
import { RawServer } from './support/raw-server.ts'

const body = {
  target: { kind: 'room' as const, room_id: 'general' },
  from: { type: 'human' as const, id: 'me' },
  parts: [{ kind: 'text' as const, text: 'hi' }],
}
const accepted = (id: string) => ({
  message_id: id,
  event_id: 'evt_1',
  accepted: true,
  thread_created: false,
  dm_created: false,
})
const refusal = (code: string) => ({ error: code, code, request_id: 'req_1' })
/** No wait between tries to speak of. */
const random = () => 0

function sentId(head: string): string {
  return (JSON.parse(head.slice(head.indexOf('\r\n\r\n'))) as { id: string }).id
}

function sending(server: RawServer, options: Parameters<typeof sendUntilKnown>[2] = {}, id?: string) {
  const client = createHttpClient({ baseUrl: server.url })
  const message = id === undefined ? body : { ...body, id }
  const outcome = sendUntilKnown(client, message, { random, ...options }).catch((error: unknown) => error)
  return outcome
}

describe('a message', () => {
  test('is sent again with the same id until an answer comes', async () => {
    using server = new RawServer()
    const outcome = sending(server)
    const first = await server.accept()
    const id = sentId(first.head)
    expect(id).toMatch(/^msg_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    first.reset()
    const second = await server.accept()
    expect(sentId(second.head)).toBe(id)
    second.json(503, refusal('service_unavailable'))
    const third = await server.accept()
    expect(sentId(third.head)).toBe(id)
    third.json(202, accepted(id))
    expect(await outcome).toMatchObject({ message_id: id })
  })

  test('keeps the id that it has', async () => {
    using server = new RawServer()
    const outcome = sending(server, {}, 'my-id')
    const exchange = await server.accept()
    expect(sentId(exchange.head)).toBe('my-id')
    exchange.json(202, accepted('my-id'))
    await outcome
  })

  test.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [409, 'conflict'],
    [422, 'unprocessable_entity'],
  ])('that is refused with %d is not sent again', async (status, code) => {
    using server = new RawServer()
    const outcome = sending(server)
    ;(await server.accept()).json(status, refusal(code))
    expect(await outcome).toMatchObject({ name: 'HttpError', status, code })
    expect(server.requests).toBe(1)
  })

  test('waits as long as the server asks for', async () => {
    using server = new RawServer()
    const outcome = sending(server)
    ;(await server.accept()).json(429, refusal('rate_limited'), 'Retry-After: 1\r\n')
    const before = performance.now()
    ;(await server.accept()).json(202, accepted('msg_1'))
    expect(performance.now() - before).toBeGreaterThan(900)
    await outcome
  })

  test('without an answer by its deadline is of unknown outcome, and the error names it', async () => {
    using server = new RawServer()
    const outcome = sending(server, { timeoutMs: 50 }, 'my-id')
    await server.accept()
    const error = await outcome
    expect(error).toBeInstanceOf(OutcomeUnknownError)
    expect(error).toMatchObject({ messageId: 'my-id', retryable: true })
    expect((error as Error).message).toContain('my-id')
  })

  test('whose tries all fail is of unknown outcome before the deadline when no further try fits', async () => {
    using server = new RawServer()
    const outcome = sending(server, { timeoutMs: 5_000 }, 'my-id')
    ;(await server.accept()).json(503, refusal('service_unavailable'), 'Retry-After: 60\r\n')
    const error = await outcome
    expect(error).toBeInstanceOf(OutcomeUnknownError)
    expect((error as Error).cause).toMatchObject({ status: 503 })
  })

  test('that was only ever turned away is known not to be stored', async () => {
    using server = new RawServer()
    const outcome = sending(server, { timeoutMs: 5_000 })
    ;(await server.accept()).json(429, refusal('rate_limited'), 'Retry-After: 60\r\n')
    const error = await outcome
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toMatchObject({ status: 429, retryAfterMs: 60_000 })
  })

  test('is given up by its signal, while it is sent and while it waits', async () => {
    using server = new RawServer()
    const sends = new AbortController()
    const one = sending(server, { signal: sends.signal })
    await server.accept()
    sends.abort(new Error('enough'))
    expect(await one).toMatchObject({ message: 'enough' })

    const waits = new AbortController()
    const two = sending(server, { signal: waits.signal })
    ;(await server.accept()).json(429, refusal('rate_limited'), 'Retry-After: 20\r\n')
    setTimeout(() => waits.abort(new Error('enough')), 20)
    expect(await two).toMatchObject({ message: 'enough' })
  })
})

test('message ids differ', () => {
  expect(new Set(Array.from({ length: 1_000 }, newMessageId)).size).toBe(1_000)
})
