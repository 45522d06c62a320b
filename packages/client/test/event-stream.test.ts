import { afterEach, describe, expect, test } from 'bun:test'
import type { MoltnetEvent } from '@moltnet/protocol'
import { type EventStreamOptions, type EventStreamState, HttpError, openEventStream } from '../src/index.ts'
import { messageCreated, until, within } from './support/peer.ts'
import { type RawExchange, RawServer } from './support/raw-server.ts'

const line = (id: string, event: unknown = messageCreated(id)) =>
  `id: ${id}\nevent: message.created\ndata: ${JSON.stringify(event)}\n\n`

const open: AbortController[] = []
afterEach(() => {
  for (const controller of open.splice(0)) controller.abort()
})

function stream(server: { url: string }, options: Partial<EventStreamOptions> = {}) {
  const controller = new AbortController()
  open.push(controller)
  const states: EventStreamState[] = []
  const events = openEventStream({
    baseUrl: server.url,
    signal: controller.signal,
    onState: (state) => states.push(state),
    ...options,
    timing: { reconnect: { firstMs: 1, maxMs: 1, jitter: 0 }, ...options.timing },
  })
  const next = async (): Promise<MoltnetEvent | undefined> => {
    const result = await within(events.next(), 'an event')
    return result.done === true ? undefined : result.value
  }
  return { events, next, states, abort: () => controller.abort() }
}

/** The next connection, answered with a stream that brings one event. */
async function acceptWith(server: RawServer, id: string): Promise<RawExchange> {
  const exchange = await server.accept()
  exchange.beginStream()
  exchange.write(line(id))
  return exchange
}

describe('an event stream', () => {
  test('asks for events with its token and hands them out', async () => {
    using server = new RawServer()
    const { next, states } = stream(server, { token: 'tok', lastEventId: 'evt_0' })
    const first = next()
    const exchange = await server.accept()
    expect(exchange.head).toStartWith('GET /v1/events/stream HTTP/1.1')
    expect(exchange.header('authorization')).toBe('Bearer tok')
    expect(exchange.header('accept')).toBe('text/event-stream')
    expect(exchange.header('last-event-id')).toBe('evt_0')
    exchange.beginStream()
    exchange.write(`: stream-open\n\n${line('evt_1')}${line('evt_2')}`)
    expect((await first)?.id).toBe('evt_1' as never)
    expect((await next())?.id).toBe('evt_2' as never)
    expect(states).toEqual([{ state: 'connecting' }, { state: 'open' }])
  })

  test('resumes after the last event when the connection is reset in the middle of one', async () => {
    using server = new RawServer()
    const { next, states } = stream(server)
    const first = next()
    const one = await server.accept()
    expect(one.header('last-event-id')).toBeUndefined()
    one.beginStream()
    one.write(`${line('evt_1')}${line('evt_2').slice(0, 60)}`)
    expect((await first)?.id).toBe('evt_1' as never)
    const second = next()
    one.reset()
    const two = await acceptWith(server, 'evt_2')
    expect(two.header('last-event-id')).toBe('evt_1')
    expect((await second)?.id).toBe('evt_2' as never)
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'open', 'retrying', 'connecting', 'open'])
    expect(states[2]).toMatchObject({ retryInMs: 1, reason: expect.stringContaining(server.url) })
  })

  test('reconnects when the server ends the stream', async () => {
    using server = new RawServer()
    const { next, states } = stream(server)
    const first = next()
    const one = await server.accept()
    one.beginStream()
    one.end()
    await acceptWith(server, 'evt_1')
    expect((await first)?.id).toBe('evt_1' as never)
    expect(states).toContainEqual({ state: 'retrying', reason: 'the server ended the stream', retryInMs: 1 })
  })

  test('reconnects when nothing comes for too long, and comments count as something', async () => {
    using server = new RawServer()
    const { next, states } = stream(server, { timing: { silentMs: 40 } })
    const first = next()
    const one = await server.accept()
    one.beginStream()
    await acceptWith(server, 'evt_1')
    expect((await first)?.id).toBe('evt_1' as never)
    expect(states).toContainEqual({ state: 'retrying', reason: 'nothing received for 40 ms', retryInMs: 1 })
  })

  test('reconnects when the answer does not begin in time', async () => {
    using server = new RawServer()
    const { next } = stream(server, { timing: { connectMs: 20 } })
    const first = next()
    await server.accept()
    await acceptWith(server, 'evt_1')
    expect((await first)?.id).toBe('evt_1' as never)
  })

  test('passes a replay gap through and resumes from it', async () => {
    using server = new RawServer()
    const { next } = stream(server, { lastEventId: 'evt_gone' })
    const first = next()
    const one = await server.accept()
    one.beginStream()
    const gap = {
      id: 'evt_gap_1',
      type: 'stream.replay_gap',
      network_id: 'net',
      created_at: '2026-04-01T09:00:00Z',
      replay_gap: { requested_event_id: 'evt_gone', oldest_event_id: 'evt_5', newest_event_id: 'evt_9' },
    }
    one.write(line('evt_gap_1', gap))
    expect(await first).toMatchObject({ type: 'stream.replay_gap', replay_gap: gap.replay_gap })
    const second = next()
    one.end()
    const two = await acceptWith(server, 'evt_9')
    expect(two.header('last-event-id')).toBe('evt_gap_1')
    expect((await second)?.id).toBe('evt_9' as never)
  })

  test('passes over what it cannot read, tells so, and moves on', async () => {
    using server = new RawServer()
    const told: unknown[] = []
    const { next } = stream(server, { onUnreadable: (event) => told.push(event) })
    const first = next()
    const one = await server.accept()
    one.beginStream()
    one.write(line('evt_1', { type: 'message.reaction' }))
    one.write('id: evt_2\ndata: {"type"\n\n')
    one.write(line('evt_3', { ...messageCreated('evt_3'), message: {} }))
    one.write(line('evt_4'))
    expect((await first)?.id).toBe('evt_4' as never)
    expect(told).toMatchObject([
      { id: 'evt_1', known: false, reason: 'unknown event type message.reaction' },
      { id: 'evt_2', known: true, reason: 'not JSON' },
      { id: 'evt_3', known: true },
    ])
  })

  test('waits as long as a refusal that may pass asks for', async () => {
    using server = new RawServer()
    const { next, states, abort } = stream(server)
    const first = next()
    const body = { error: 'too many streams', code: 'service_unavailable', request_id: 'req_1' }
    ;(await server.accept()).json(503, body, 'Retry-After: 3\r\n')
    await until(() => states.length >= 2, 'a second state')
    expect(states[1]).toEqual({ state: 'retrying', reason: 'too many streams', retryInMs: 3_000 })
    abort()
    expect(await first).toBeUndefined()
  })

  test('throws a refusal that no retry can change', async () => {
    using server = new RawServer()
    const { next } = stream(server)
    const first = next().catch((error: unknown) => error)
    ;(await server.accept()).json(403, { error: 'no scope', code: 'forbidden', request_id: 'req_1' })
    const error = await first
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toMatchObject({ status: 403, code: 'forbidden', message: 'no scope' })
  })

  test('throws when the server is something else', async () => {
    using server = new RawServer()
    const { next } = stream(server)
    const first = next().catch((error: unknown) => error)
    ;(await server.accept()).json(200, {})
    expect(await first).toMatchObject({ code: 'invalid_response' })
  })

  test('ends when its signal aborts, in the middle of a read and in the middle of a wait', async () => {
    using server = new RawServer()
    const reading = stream(server)
    const one = reading.next()
    ;(await server.accept()).beginStream()
    await until(() => reading.states.length >= 2, 'a second state')
    reading.abort()
    expect(await one).toBeUndefined()

    const waiting = stream(server, { timing: { reconnect: { firstMs: 60_000, maxMs: 60_000, jitter: 0 } } })
    const two = waiting.next()
    ;(await server.accept()).reset()
    await until(() => waiting.states.length >= 2, 'a second state')
    waiting.abort()
    expect(await two).toBeUndefined()
  })

  test('closes the connection when the consumer leaves the loop', async () => {
    const left = Promise.withResolvers<void>()
    using server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch(request) {
        request.signal.addEventListener('abort', () => left.resolve())
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode(line('evt_1'))),
        })
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      },
    })
    const signal = new AbortController().signal
    for await (const _ of openEventStream({ baseUrl: `http://127.0.0.1:${server.port}`, signal })) break
    await within(left.promise, 'the end of the request')
  })

  test('slows a sender whose events nobody takes', async () => {
    let sent = 0
    using server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      idleTimeout: 0,
      fetch() {
        const event = { ...messageCreated('evt_1'), padding: 'x'.repeat(100_000) }
        const chunk = new TextEncoder().encode(line('evt_1', event))
        const body = new ReadableStream({
          pull(controller) {
            sent += chunk.length
            controller.enqueue(chunk)
          },
        })
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      },
    })
    const { next } = stream({ url: `http://127.0.0.1:${server.port}` })
    await next()
    let before = -1
    let quietRounds = 0
    await until(() => {
      quietRounds = sent === before ? quietRounds + 1 : 0
      before = sent
      return quietRounds === 100
    }, 'the sender to stop')
    expect(sent).toBeLessThan(100_000_000)
    await next()
  })
})
