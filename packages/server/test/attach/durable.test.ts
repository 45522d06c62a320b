import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { EventFrame } from '@moltnet/protocol'
import { TestClock } from '../support/clock.ts'
import { say } from '../support/messages.ts'
import { attach, durable, type ReadySocket, TestSocket } from '../support/socket.ts'
import type { StartOptions, TestServer } from '../support/start-server.ts'
import { startServer } from '../support/start-server.ts'
import { eventually } from '../support/wait.ts'

const DAY = 86_400

const NAMES = Array.from({ length: 60 }, (_, n) => `a${n}`)

const ROOMS = [
  { id: 'general', members: [...NAMES, 'sender'] },
  { id: 'side', members: [...NAMES, 'sender'] },
  { id: 'private', members: ['sender'] },
]

let server: TestServer
let next = 0

beforeAll(async () => {
  server = await startServer({ config: { rooms: ROOMS } })
})

afterAll(() => server.stop())

/** A fresh agent, so that tests do not see each other's consumers. */
function freshAgent(): string {
  return NAMES[next++] as string
}

async function withServer(options: StartOptions, run: (own: TestServer) => Promise<void>): Promise<void> {
  const own = await startServer({ ...options, config: { rooms: ROOMS, ...options.config } })
  try {
    await run(own)
  } finally {
    await own.stop()
  }
}

function idOf({ event }: EventFrame): string {
  return event.type === 'message.created' ? event.message.id : event.type
}

/** The next wakes, by message id. */
async function wakes(socket: TestSocket, count: number): Promise<EventFrame[]> {
  const frames: EventFrame[] = []
  while (frames.length < count) frames.push(await socket.event())
  return frames
}

/** Whether the socket has got nothing more: whatever was sent before the PONG has come. */
async function nothingMore(socket: TestSocket, than: number): Promise<void> {
  await socket.allRead()
  expect(socket.events()).toHaveLength(than)
}

describe('READY of a durable consumer', () => {
  test('says that it is durable and how many wakes wait', async () => {
    const agent = freshAgent()
    const consumer = durable({ general: 'mentions' })
    const first = await attach(server.url, { agent, consumer })
    expect(first.ready.consumer).toEqual({ durable: true, pending: 0, rejected: [] })
    await first.close()
    for (let n = 0; n < 3; n++) await say(server, { text: `@${agent}` })
    await using second = await attach(server.url, { agent, consumer })
    expect(second.ready.consumer?.pending).toBe(3)
  })

  test('names the rooms that the agent may not read, with a reason', async () => {
    const config = {
      auth: {
        mode: 'bearer',
        tokens: [{ id: 'n', value: 'node-token', scopes: ['attach', 'write'] }],
      },
    }
    await withServer({ config }, async (own) => {
      const rooms = [
        { id: 'general', wake: 'all' },
        { id: 'side', wake: 'all', approval: true },
        { id: 'private', wake: 'all' },
        { id: 'nowhere', wake: 'mentions' },
        { id: 'gone', wake: 'never' },
      ]
      const consumer = { durable: true, rooms, dms: { enabled: true, approval: true } }
      await using socket = await attach(own.url, { agent: 'a0', token: 'node-token', consumer })
      expect(socket.ready.consumer?.rejected).toEqual([
        { room: 'private', reason: 'a0 may not read this room' },
        { room: 'nowhere', reason: 'no such room' },
      ])
    })
  })

  test('a window outside its bounds is refused', async () => {
    await using socket = new TestSocket(server.url)
    socket.identify({ agent: freshAgent(), consumer: durable({}, { window: 5_000 }) })
    expect((await socket.next('ERROR')).code).toBe('protocol_error')
  })
})

describe('what wakes', () => {
  test('each rule takes what it says, and nobody wakes himself', async () => {
    const agent = freshAgent()
    const all = await attach(server.url, { agent, consumer: durable({ general: 'all' }) })
    const mentioned = freshAgent()
    const mentions = await attach(server.url, {
      agent: mentioned,
      consumer: durable({ general: 'mentions' }),
    })
    const threads = await attach(server.url, {
      agent: freshAgent(),
      consumer: durable({ general: 'thread_only' }),
    })
    const never = await attach(server.url, { agent: freshAgent(), consumer: durable({ general: 'never' }) })
    await say(server, { id: 'w-room' })
    await say(server, { id: 'w-mention', text: `<@molt://local/agents/${mentioned}>` })
    await say(server, { id: 'w-thread', thread: 'wt' })
    await say(server, { id: 'w-own', from: agent })
    await say(server, { id: 'w-side', room: 'side' })
    await say(server, { id: 'w-last', from: 'sender' })
    await eventually(() => all.messageIds().includes('w-last'), 'the last message')
    await nothingMore(never, 0)
    expect(all.messageIds()).toEqual(['w-room', 'w-mention', 'w-thread', 'w-last'])
    expect(mentions.messageIds()).toEqual(['w-mention'])
    expect(threads.messageIds()).toEqual(['w-thread'])
    await Promise.all([all, mentions, threads, never].map((socket) => socket.close()))
  })

  test('direct messages wake those who take part, when they are enabled', async () => {
    const [agent, deaf, stranger] = [freshAgent(), freshAgent(), freshAgent()]
    const on = durable({}, { dms: { enabled: true, wake: 'mentions' } })
    const off = durable({}, { dms: { enabled: false } })
    const sockets = [
      await attach(server.url, { agent, consumer: on }),
      await attach(server.url, { agent: deaf, consumer: off }),
      await attach(server.url, { agent: stranger, consumer: on }),
    ] as [ReadySocket, ReadySocket, ReadySocket]
    await say(server, { id: 'dm-1', dm: { id: 'dm-wake', with: [agent, deaf] } })
    expect(idOf(await sockets[0].event())).toBe('dm-1')
    await nothingMore(sockets[1], 0)
    await nothingMore(sockets[2], 0)
    await Promise.all(sockets.map((socket) => socket.close()))
  })

  test('its stream carries only wakes and what happens to its rooms', async () => {
    const agent = freshAgent()
    await server.request('/v1/rooms', { body: { id: 'short', members: [agent, 'sender'] } })
    await using socket = await attach(server.url, { agent, consumer: durable({ short: 'all' }) })
    await using other = await attach(server.url, { agent: freshAgent() })
    await say(server, { room: 'side' })
    await server.request('/v1/rooms/short/members', { method: 'PATCH', body: { add: ['guest'] } })
    await server.request('/v1/rooms/side/members', { method: 'PATCH', body: { add: ['guest'] } })
    await say(server, { id: 's-1', room: 'short', thread: 'short-thread' })
    await server.request('/v1/rooms/short', { method: 'DELETE' })
    await eventually(() => other.events().length > 0, 'v1 sockets see the rest')
    const frames = await wakes(socket, 3)
    expect(frames.map(idOf)).toEqual(['room.members.updated', 's-1', 'room.removed'])
    for (const frame of frames) socket.ack(frame)
    await nothingMore(socket, 3)
  })
})

describe('the consumer', () => {
  test('begins at the head: nothing from before its first contact', async () => {
    const agent = freshAgent()
    await say(server, { text: `@${agent}` })
    await using socket = await attach(server.url, { agent, consumer: durable({ general: 'all' }) })
    await say(server, { id: 'first-contact' })
    expect(idOf(await socket.event())).toBe('first-contact')
  })

  test('gets what came while it was away, in order', async () => {
    const agent = freshAgent()
    const consumer = durable({ general: 'mentions' })
    await (await attach(server.url, { agent, consumer })).close()
    for (let n = 0; n < 5; n++) await say(server, { id: `away-${n}`, text: `@${agent}` })
    await using socket = await attach(server.url, { agent, consumer })
    const frames = await wakes(socket, 5)
    expect(frames.map(idOf)).toEqual([0, 1, 2, 3, 4].map((n) => `away-${n}`))
    for (const frame of frames) expect(frame).toMatchObject({ redelivered: false, attempt: 1 })
  })

  test('a room that is added later starts at that moment; the others keep their place', async () => {
    const agent = freshAgent()
    await (
      await attach(server.url, { agent, consumer: durable({ general: 'mentions', side: 'never' }) })
    ).close()
    await say(server, { id: 'kept', text: `@${agent}` })
    await say(server, { id: 'not-yet', room: 'side', text: `@${agent}` })
    await say(server, { id: 'no-dm-yet', dm: { id: `dm-${agent}`, with: [agent] } })
    const consumer = durable({ general: 'mentions', side: 'mentions' }, { dms: { enabled: true } })
    const socket = await attach(server.url, { agent, consumer })
    await say(server, { id: 'from-now', room: 'side', text: `@${agent}` })
    await say(server, { id: 'dm-from-now', dm: { id: `dm-${agent}`, with: [agent] } })
    expect((await wakes(socket, 3)).map(idOf)).toEqual(['kept', 'from-now', 'dm-from-now'])
    await socket.close()
    // The beginning holds on the next attachment too.
    await using again = await attach(server.url, { agent, consumer })
    expect((await wakes(again, 3)).map(idOf)).toEqual(['kept', 'from-now', 'dm-from-now'])
    await nothingMore(again, 3)
  })

  test('a room that was rejected wakes as soon as the agent becomes a member', async () => {
    const tokens = [
      { id: 'op', value: 'op-token', scopes: ['observe', 'admin', 'write'] },
      { id: 'n', value: 'node-token', scopes: ['attach', 'write'] },
    ]
    await withServer({ config: { auth: { mode: 'bearer', tokens } } }, async (own) => {
      const consumer = durable({ private: 'all' })
      await using socket = await attach(own.url, { agent: 'a1', token: 'node-token', consumer })
      expect(socket.ready.consumer?.rejected).toHaveLength(1)
      await say(own, { id: 'unseen', room: 'private', token: 'node-token' })
      const body = { add: ['a1'] }
      await own.request('/v1/rooms/private/members', { method: 'PATCH', body, token: 'op-token' })
      await say(own, { id: 'seen', room: 'private', token: 'node-token' })
      expect((await wakes(socket, 2)).map(idOf)).toEqual(['room.members.updated', 'seen'])
      await nothingMore(socket, 2)
    })
  })

  test('wakes of a room that left the subscription are dismissed', async () => {
    const agent = freshAgent()
    const first = await attach(server.url, {
      agent,
      consumer: durable({ general: 'mentions', side: 'mentions' }),
    })
    await say(server, { id: 'left', room: 'side', text: `@${agent}` })
    await say(server, { id: 'stays', text: `@${agent}` })
    await wakes(first, 2)
    await first.close()
    await using socket = await attach(server.url, { agent, consumer: durable({ general: 'mentions' }) })
    expect(socket.ready.consumer?.pending).toBe(1)
    expect(idOf(await socket.event())).toBe('stays')
  })

  test('a wake that the agent may no longer read when it would be sent again ends as failed', async () => {
    const clock = new TestClock()
    const tokens = [
      { id: 'op', value: 'op-token', scopes: ['observe', 'admin', 'write'] },
      { id: 'n', value: 'node-token', scopes: ['attach'] },
    ]
    const config = { auth: { mode: 'bearer', tokens } }
    await withServer({ config, clock: clock.read }, async (own) => {
      const consumer = durable({ general: 'mentions' })
      await using socket = await attach(own.url, { agent: 'a1', token: 'node-token', consumer })
      const { message_id } = await say(own, { text: '@a1', human: true, token: 'op-token' })
      const frame = await socket.event()
      socket.nack(frame, 'busy')
      await own.request('/v1/rooms/general/members', {
        method: 'PATCH',
        body: { remove: ['a1'] },
        token: 'op-token',
      })
      clock.jump(1)
      const ended = async () => (await failures(own, frame.cursor, 'op-token')).length > 0
      await eventually(ended, 'the end of the wake')
      expect(await failures(own, frame.cursor, 'op-token')).toMatchObject([
        { message_id, final: true, error: 'the agent may no longer read this conversation' },
      ])
      await nothingMore(socket, 1)
    })
  })

  test('is single: the newest IDENTIFY takes over, also without credentials', async () => {
    const agent = freshAgent()
    const consumer = durable({ general: 'mentions' })
    const first = await attach(server.url, { agent, consumer })
    const { message_id } = await say(server, { text: `@${agent}` })
    const sent = await first.event('message.created')
    await using second = await attach(server.url, { agent, consumer })
    expect(await first.next('ERROR')).toMatchObject({ code: 'taken_over' })
    await first.closed
    const again = await second.event('message.created')
    expect(again).toMatchObject({ cursor: sent.cursor, redelivered: true, attempt: 1 })
    expect(idOf(again)).toBe(message_id)
  })

  test('ACKs for events of an earlier socket are valid', async () => {
    const agent = freshAgent()
    const consumer = durable({ general: 'mentions' })
    const first = await attach(server.url, { agent, consumer })
    for (let n = 0; n < 3; n++) await say(server, { id: `early-${agent}-${n}`, text: `@${agent}` })
    const sent = await wakes(first, 3)
    first.cut()
    const second = await attach(server.url, { agent, consumer })
    for (const frame of sent) second.ack(frame)
    // Twice is fine: the answer to the first may have been lost with its socket.
    for (const frame of sent) second.ack(frame)
    await second.allRead()
    await second.close()
    await using third = await attach(server.url, { agent, consumer })
    expect(third.ready.consumer?.pending).toBe(0)
    await nothingMore(third, 0)
  })

  test('an ACK of what was never sent is answered with ERROR', async () => {
    const agent = freshAgent()
    await using socket = await attach(server.url, { agent, consumer: durable({ general: 'mentions' }) })
    const { event_id } = await say(server)
    const [head, position] = event_id.split('.') as [string, string]
    socket.ack({ cursor: `${head}.${Number(position) + 1_000}` })
    expect((await socket.next('ERROR')).code).toBe('protocol_error')
  })

  test('a removed agent’s consumer goes with it', async () => {
    const agent = freshAgent()
    const consumer = durable({ general: 'mentions', side: 'all' })
    await (await attach(server.url, { agent, consumer })).close()
    await say(server, { text: `@${agent}` })
    await server.request(`/v1/agents/${agent}`, { method: 'DELETE' })
    await using socket = await attach(server.url, { agent, consumer })
    expect(socket.ready.consumer).toMatchObject({ pending: 0 })
    await nothingMore(socket, 0)
  })
})

describe('states of a wake', () => {
  const nodeConfig = { delivery: { max_attempts: 2, expire_targeted: '7d', expire_other: '24h' } }

  test('a failed wake is retried even when the clock was put back by more than any backoff', async () => {
    const clock = new TestClock()
    await withServer({ config: nodeConfig, clock: clock.read }, async (own) => {
      await using socket = await attach(own.url, { agent: 'a1', consumer: durable({ general: 'all' }) })
      await say(own, { text: '@a1' })
      const first = await socket.event()
      socket.nack(first, 'failed', { error: 'exit 1' })
      await nothingMore(socket, 1)
      clock.jump(-3_600)
      expect(await socket.event()).toMatchObject({ cursor: first.cursor, attempt: 2 })
    })
  })

  test('a failed wake is retried after its backoff with a higher attempt, and dies at max_attempts', async () => {
    const clock = new TestClock()
    await withServer({ config: nodeConfig, clock: clock.read }, async (own) => {
      await using socket = await attach(own.url, { agent: 'a1', consumer: durable({ general: 'all' }) })
      const { message_id } = await say(own, { text: '@a1' })
      const first = await socket.event()
      expect(first).toMatchObject({ attempt: 1, redelivered: false })
      socket.nack(first, 'failed', { error: 'exit 1' })
      await nothingMore(socket, 1)
      clock.jump(1)
      const second = await socket.event()
      expect(second).toMatchObject({ cursor: first.cursor, attempt: 2, redelivered: true })
      socket.nack(second, 'timeout', { error: 'too slow' })
      await nothingMore(socket, 2)
      clock.jump(600)
      await say(own, { id: 'after-death' })
      expect(idOf(await socket.event())).toBe('after-death')
      const failed = await failures(own, first.cursor)
      expect(failed).toEqual([
        {
          agent_id: 'a1',
          message_id,
          reason: 'mention',
          final: true,
          error: 'given up after 2 failed attempts: too slow',
        },
      ])
    })
  })

  test('unavailable and busy never count, and retry_after_ms is followed', async () => {
    const clock = new TestClock()
    await withServer({ config: nodeConfig, clock: clock.read }, async (own) => {
      await using socket = await attach(own.url, { agent: 'a1', consumer: durable({ general: 'all' }) })
      await say(own)
      for (let n = 1; n <= 6; n++) {
        const frame = await socket.event()
        expect(frame).toMatchObject({ attempt: 1, redelivered: n > 1 })
        socket.nack(frame, n % 2 === 0 ? 'busy' : 'unavailable', { retry_after_ms: 60_000 })
        await nothingMore(socket, n)
        clock.jump(59)
        await nothingMore(socket, n)
        clock.jump(1)
      }
    })
  })

  test('a lost socket counts only when a turn had started', async () => {
    const own = { agent: freshAgent(), consumer: durable({ general: 'mentions' }) }
    const first = await attach(server.url, own)
    await say(server, { text: `@${own.agent}` })
    await first.event()
    first.cut()
    const second = await attach(server.url, own)
    const frame = await second.event()
    expect(frame).toMatchObject({ attempt: 1, redelivered: true })
    second.status(frame, 'turn_started')
    await second.allRead()
    second.cut()
    await using third = await attach(server.url, own)
    expect(await third.event()).toMatchObject({ attempt: 2, redelivered: true })
  })

  test('within a conversation later wakes wait for one that is being retried, others do not', async () => {
    const clock = new TestClock()
    await withServer({ clock: clock.read }, async (own) => {
      const consumer = durable({ general: 'all', side: 'all' })
      await using socket = await attach(own.url, { agent: 'a1', consumer })
      await say(own, { id: 'g-1' })
      socket.nack(await socket.event(), 'failed')
      await nothingMore(socket, 1)
      await say(own, { id: 'g-2' })
      await say(own, { id: 's-1', room: 'side' })
      await say(own, { id: 't-1', thread: 'own-lane' })
      expect((await wakes(socket, 2)).map(idOf)).toEqual(['s-1', 't-1'])
      clock.jump(1)
      const retried = await socket.event()
      expect(idOf(retried)).toBe('g-1')
      await nothingMore(socket, 4)
      socket.ack(retried)
      expect(idOf(await socket.event())).toBe('g-2')
    })
  })

  test('too old wakes expire when they would be sent, targeted ones later than others', async () => {
    const clock = new TestClock()
    await withServer({ config: nodeConfig, clock: clock.read }, async (own) => {
      const consumer = durable({ general: 'all' })
      await (await attach(own.url, { agent: 'a1', consumer })).close()
      const { event_id } = await say(own, { id: 'other' })
      await say(own, { id: 'targeted', text: '@a1' })
      clock.jump(2 * DAY)
      const socket = await attach(own.url, { agent: 'a1', consumer })
      const frame = await socket.event()
      expect(idOf(frame)).toBe('targeted')
      await socket.close()
      clock.jump(6 * DAY)
      await using again = await attach(own.url, { agent: 'a1', consumer })
      await nothingMore(again, 0)
      const expired = await failures(own, event_id)
      expect(expired).toEqual([
        {
          agent_id: 'a1',
          message_id: 'other',
          reason: 'room',
          final: true,
          error: 'too old to be delivered',
        },
        {
          agent_id: 'a1',
          message_id: 'targeted',
          reason: 'mention',
          final: true,
          error: 'too old to be delivered',
        },
      ])
    })
  })

  test('a consumer without contact for its time to live goes, and its open wakes expire', async () => {
    const clock = new TestClock()
    await withServer({ clock: clock.read }, async (own) => {
      const consumer = durable({ general: 'all' })
      const socket = await attach(own.url, { agent: 'a1', consumer })
      const { event_id } = await say(own, { id: 'open', text: '@a1' })
      await socket.event()
      await socket.close()
      clock.jump(91 * DAY)
      await eventually(async () => (await failures(own, event_id)).length > 0, 'the sweep')
      expect(await failures(own, event_id)).toMatchObject([{ message_id: 'open', final: true }])
      await using again = await attach(own.url, { agent: 'a1', consumer })
      expect(again.ready.consumer?.pending).toBe(0)
      await nothingMore(again, 0)
    })
  }, 15_000)

  test('ACKs of targeted wakes are told as delivered, others and disconnects are not', async () => {
    const agent = freshAgent()
    const consumer = durable({ general: 'all' })
    const socket = await attach(server.url, { agent, consumer })
    const first = await say(server, { text: `@${agent}` })
    await say(server)
    for (const frame of await wakes(socket, 2)) socket.ack(frame)
    await say(server, { text: `@${agent} again` })
    await socket.event()
    await socket.close()
    await using reader = await attach(server.url, { agent, consumer })
    await reader.event()
    const all = await agentEvents(server, first.event_id)
    const told = all.filter((event) => event.agent['agent_id'] === agent)
    expect(told.map(({ type, agent: { message_id } }) => [type, message_id])).toEqual([
      ['agent.wake.delivered', first.message_id],
    ])
  })
})

describe('the window', () => {
  test('bounds what is un-ACKed, in all and per conversation, and serves conversations in turn', async () => {
    const agent = freshAgent()
    const consumer = durable({ general: 'mentions', side: 'mentions' }, { window: 20 })
    await (await attach(server.url, { agent, consumer })).close()
    for (let n = 0; n < 30; n++) await say(server, { id: `${agent}-g-${n}`, text: `@${agent}` })
    for (let n = 0; n < 3; n++) await say(server, { id: `${agent}-s-${n}`, room: 'side', text: `@${agent}` })
    await using socket = await attach(server.url, { agent, consumer })
    const frames = await wakes(socket, 19)
    await nothingMore(socket, 19)
    const side = frames.flatMap((frame, at) => (idOf(frame).includes('-s-') ? [at] : []))
    expect(side).toEqual([1, 3, 5])
    expect(frames.length - side.length).toBe(16)
    for (const frame of frames) socket.ack(frame)
    const rest = await wakes(socket, 14)
    const general = [...frames, ...rest].map(idOf).filter((id) => id.includes('-g-'))
    expect(general).toEqual(Array.from({ length: 30 }, (_, n) => `${agent}-g-${n}`))
  })

  test('a scan that met very many wakes goes on as they are ACKed, and none is missing', async () => {
    const agent = freshAgent()
    const consumer = durable({ general: 'mentions' }, { window: 1_024 })
    await (await attach(server.url, { agent, consumer })).close()
    const ids = Array.from({ length: 600 }, (_, n) => `${agent}-many-${n}`)
    for (let from = 0; from < ids.length; from += 50) {
      // One after another within a batch would take long; the order is the server's.
      await Promise.all(ids.slice(from, from + 50).map((id) => say(server, { id, text: `@${agent}` })))
    }
    await using socket = await attach(server.url, { agent, consumer, autoAck: true })
    await eventually(() => socket.messageIds().length >= ids.length, 'all wakes')
    expect(socket.messageIds().sort()).toEqual([...ids].sort())
    expect(new Set(socket.events().map(({ cursor }) => cursor)).size).toBe(ids.length)
  })
})

interface AgentEvent {
  readonly type: string
  readonly agent: Record<string, unknown>
}

/** What the log says about an agent's wakes after a cursor, as an observer reads it. */
async function agentEvents(own: TestServer, after: string, token?: string): Promise<AgentEvent[]> {
  const answer = await own.request('/v1/events/stream', { headers: { 'Last-Event-ID': after }, token })
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  // Whoever asks for the ledger waits until it is written.
  await own.request('/v1/wakes', { token })
  const marker = `end-${crypto.randomUUID()}`
  await say(own, { id: marker, human: true, from: 'operator', token })
  let text = ''
  while (!text.includes(marker)) text += new TextDecoder().decode((await reader.read()).value)
  await reader.cancel()
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as AgentEvent)
    .filter(({ type }) => type.startsWith('agent.wake.'))
}

async function failures(own: TestServer, after: string, token?: string): Promise<object[]> {
  const events = await agentEvents(own, after, token)
  return events
    .filter(({ type }) => type === 'agent.wake.failed')
    .map(({ agent: { agent_id, message_id, reason, final, error } }) => ({
      agent_id,
      message_id,
      reason,
      final,
      error,
    }))
}
