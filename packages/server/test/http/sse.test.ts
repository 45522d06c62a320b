import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { MoltnetEvent } from '@moltnet/protocol'
import { say } from '../support/messages.ts'
import { attach } from '../support/socket.ts'
import { TestStream } from '../support/stream.ts'
import type { TestServer } from '../support/start-server.ts'
import { startServer } from '../support/start-server.ts'
import { eventually } from '../support/wait.ts'

const rooms = [
  { id: 'general', members: ['alpha', 'sender'], visibility: 'public' },
  { id: 'secret', members: ['alpha', 'sender'] },
]

const tokens = [
  { id: 'op', value: 'op-token', scopes: ['observe', 'admin', 'write'] },
  { id: 'n', value: 'node-token', scopes: ['attach', 'write'] },
]

let server: TestServer
let shared: TestServer

beforeAll(async () => {
  server = await startServer({ config: { rooms } })
  shared = await startServer({ config: { rooms, auth: { mode: 'bearer', public_read: true, tokens } } })
})

afterAll(async () => {
  await Promise.all([server.stop(), shared.stop()])
})

describe('the form of the stream', () => {
  test('opens with a comment at once, then each event with id, type and data', async () => {
    await using stream = await TestStream.open(server.url)
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.response.headers.get('x-request-id')).toMatch(/^req_/)
    expect(stream.text).toBe(': stream-open\n\n')
    const { event_id, message_id } = await say(server, { text: 'line one\nline two' })
    const event = await stream.next()
    expect(stream.text).toBe(
      `: stream-open\n\nid: ${event_id}\nevent: message.created\ndata: ${JSON.stringify(event.data)}\n\n`,
    )
    expect(MoltnetEvent.parse(event.data)).toMatchObject({ id: event_id, message: { id: message_id } })
  })

  test('a keep-alive comment comes every 15 s, whether or not there are events', async () => {
    await using silent = await TestStream.open(server.url)
    const started = performance.now()
    const chatter = setInterval(() => void say(server, { room: 'secret' }), 1_000)
    await silent.until(() => silent.comments.includes('keep-alive'), 'a keep-alive', 17_000)
    clearInterval(chatter)
    expect(performance.now() - started).toBeGreaterThan(14_000)
  }, 20_000)
})

describe('resuming', () => {
  test('Last-Event-ID and last_event_id continue right after that event, then live', async () => {
    const first = await say(server, { id: 'sse-1' })
    await say(server, { id: 'sse-2' })
    for (const options of [{ lastEventId: first.event_id }, { query: `?last_event_id=${first.event_id}` }]) {
      await using stream = await TestStream.open(server.url, options)
      const live = await say(server)
      await stream.until(() => stream.messageIds().includes(live.message_id), 'the live message')
      expect(stream.messageIds()[0]).toBe('sse-2')
      expect(stream.messageIds()).not.toContain('sse-1')
    }
  })

  for (const [name, cursor] of [
    ['of another log', 'evt_00000000.3'],
    ['that is malformed', 'nonsense'],
    ['ahead of the head', undefined],
  ] as const) {
    test(`a cursor ${name} gets one gap, then the newest events`, async () => {
      const newest = await say(server)
      const epoch = newest.event_id.split('.')[0]
      const lastEventId = cursor ?? `${epoch}.999999999`
      await using stream = await TestStream.open(server.url, { lastEventId })
      const gap = await stream.next()
      expect(gap.type).toBe('stream.replay_gap')
      expect(gap.data).toMatchObject({
        id: gap.id,
        replay_gap: { requested_event_id: lastEventId, newest_event_id: newest.event_id },
      })
      expect(gap.id).toBe(`evt_gap_${new Bun.CryptoHasher('sha256').update(lastEventId).digest('hex')}`)
      await stream.until(() => stream.messageIds().at(-1) === newest.message_id, 'the newest events')
      expect(stream.events.filter(({ type }) => type === 'stream.replay_gap')).toHaveLength(1)
    })
  }

  test('a gap is followed by the newest 1,000 events at most, and its id is a cursor for them', async () => {
    await using own = await startServer({ config: { rooms }, storage: 'memory' })
    for (let n = 0; n < 11; n++) await Promise.all(Array.from({ length: 100 }, () => say(own)))
    await using stream = await TestStream.open(own.url, { lastEventId: 'evt_00000000.1' })
    await stream.until(() => stream.messageIds().length >= 1_000, '1,000 events')
    const gap = stream.events[0]
    const following = stream.messageIds()
    expect(following).toHaveLength(1_000)
    const later = await say(own)
    await stream.until(() => stream.messageIds().at(-1) === later.message_id, 'live')
    expect(stream.messageIds()).toHaveLength(1_001)
    await using again = await TestStream.open(own.url, { lastEventId: gap?.id })
    await again.until(() => again.messageIds().length >= 1_001, 'what follows the gap')
    expect(again.messageIds()).toEqual([...following, later.message_id])
    expect(again.events[0]?.type).toBe('message.created')
  }, 20_000)
})

describe('who sees what', () => {
  test('an observer sees everything, direct messages and presence included', async () => {
    await using stream = await TestStream.open(shared.url, { token: 'op-token' })
    const socket = await attach(shared.url, { agent: 'alpha', token: 'node-token' })
    await say(shared, { room: 'secret', token: 'node-token', from: 'alpha' })
    await say(shared, { dm: { id: 'd1', with: ['beta'] }, token: 'node-token', from: 'alpha' })
    const types = new Set(['agent.connected', 'message.created', 'dm.created'])
    await stream.until(() => {
      for (const { type } of stream.events) types.delete(type)
      return types.size === 0 && stream.messageIds().length === 2
    }, 'all of them')
    await socket.close()
  })

  test('without a credential only events of public rooms pass', async () => {
    await using stream = await TestStream.open(shared.url)
    const socket = await attach(shared.url, { agent: 'alpha', token: 'node-token' })
    const own = { token: 'node-token', from: 'alpha' }
    await say(shared, { ...own, room: 'secret' })
    await say(shared, { ...own, dm: { id: 'd2', with: ['beta'] } })
    await say(shared, { ...own, id: 'in-thread', thread: 'public-thread' })
    const admin = { token: 'op-token' }
    await shared.request('/v1/rooms', { ...admin, body: { id: 'hidden' } })
    await shared.request('/v1/rooms', { ...admin, body: { id: 'shown', visibility: 'public' } })
    await shared.request('/v1/rooms/shown/members', { ...admin, method: 'PATCH', body: { add: ['alpha'] } })
    await shared.request('/v1/rooms/shown', { ...admin, method: 'DELETE' })
    await say(shared, { ...own, id: 'in-public' })
    await stream.until(() => stream.messageIds().includes('in-public'), 'the public message')
    expect(stream.events.map(({ type }) => type)).toEqual([
      'thread.created',
      'message.created',
      'room.created',
      'room.removed',
      'message.created',
    ])
    await socket.close()
  })

  test('with direct messages off no DM event passes anywhere', async () => {
    const folder = shared.databasePath.replace(/[^/]+$/, 'dm')
    const first = await startServer({ config: { rooms }, folder })
    const before = await say(first, { id: 'before' })
    await say(first, { dm: { id: 'd3', with: ['beta'] } })
    await first.stop()
    await using own = await startServer({ config: { rooms, server: { direct_messages: false } }, folder })
    await using stream = await TestStream.open(own.url, { lastEventId: before.event_id })
    await using socket = await attach(own.url, { agent: 'sender', cursor: before.event_id })
    await say(own, { id: 'after' })
    await stream.until(() => stream.messageIds().includes('after'), 'the room message')
    await eventually(() => socket.messageIds().includes('after'), 'the room message')
    expect(stream.messageIds()).toEqual(['after'])
    expect(socket.messageIds()).toEqual(['after'])
    expect(JSON.stringify(socket.frames)).not.toContain('dm.created')
  })
})

describe('limits', () => {
  test('at most 16 streams of one identity: 503 beyond, and a free place is free again', async () => {
    await using own = await startServer({ config: { rooms, auth: { mode: 'bearer', tokens } } })
    const open = () => TestStream.open(own.url, { token: 'op-token' })
    const streams = await Promise.all(Array.from({ length: 16 }, open))
    const refused = await own.json('/v1/events/stream', { token: 'op-token' })
    expect(refused).toMatchObject({ status: 503, body: { code: 'service_unavailable' } })
    await streams[0]?.[Symbol.asyncDispose]()
    let last: TestStream | undefined
    await eventually(async () => {
      last = await open().catch(() => undefined)
      return last !== undefined
    }, 'a free place')
    await last?.[Symbol.asyncDispose]()
    await Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]()))
  })

  test('at most 128 streams in all', async () => {
    const limits = { streams: 3 }
    await using own = await startServer({ config: { rooms, server: { limits } } })
    const streams = await Promise.all(Array.from({ length: 3 }, () => TestStream.open(own.url)))
    expect((await own.request('/v1/events/stream')).status).toBe(503)
    await Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]()))
  })

  test('a reader that takes nothing holds no memory, is cut after the stall limit, and is counted', async () => {
    const limits = { stall: '1s' }
    await using own = await startServer({ config: { rooms, server: { limits } } })
    const { hostname, port } = new URL(own.url)
    const stuck = connect(Number(port), hostname)
    stuck.on('error', () => {})
    const closed = new Promise<void>((resolve) => stuck.once('close', () => resolve()))
    stuck.write(`GET /v1/events/stream HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`)
    await new Promise((resolve) => stuck.once('data', resolve))
    stuck.pause()
    await using good = await TestStream.open(own.url)
    const text = 'x'.repeat(60_000)
    for (let n = 0; n < 150; n++) await say(own, { text })
    const metrics = async () => (await own.request('/metrics')).text()
    await eventually(async () => /^moltnet_stalled_total 1$/m.test(await metrics()), 'the cut')
    stuck.resume()
    await closed
    await good.until(() => good.messageIds().length === 150, 'others go on')
    expect(await metrics()).toMatch(/^moltnet_active_sse_subscribers 1$/m)
  }, 30_000)
})

test('a server that stops ends its streams', async () => {
  const own = await startServer({ config: { rooms } })
  const stream = await TestStream.open(own.url)
  const started = performance.now()
  await own.stop()
  expect(performance.now() - started).toBeLessThan(2_000)
  await eventually(() => stream.ended, 'the end')
})
