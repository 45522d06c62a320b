import { describe, expect, test } from 'bun:test'
import type { AgentEventPayload, Wake } from '@moltnet/protocol'
import { TestClock } from '../support/clock.ts'
import { delivered } from '../support/ledger.ts'
import { loggedEvents } from '../support/logged-events.ts'
import { say } from '../support/messages.ts'
import { attach, durable } from '../support/socket.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { TestStream } from '../support/stream.ts'
import { eventually } from '../support/wait.ts'

const config = {
  rooms: [
    { id: 'general', members: ['alpha', 'sender'] },
    { id: 'side', members: ['alpha', 'sender'] },
  ],
  delivery: { max_attempts: 2 },
}
const consumer = {
  durable: true,
  rooms: [
    { id: 'general', wake: 'all', approval: true },
    { id: 'side', wake: 'all' },
  ],
}

/** What observers are told of an agent's wakes, one event after another. */
class Told {
  readonly #stream: TestStream

  constructor(stream: TestStream) {
    this.#stream = stream
  }

  async next(): Promise<AgentEventPayload> {
    const { data } = await this.#stream.next('agent.wake.updated')
    if (data.type !== 'agent.wake.updated') throw new Error(`not asked for: ${data.type}`)
    return data.agent
  }
}

async function operate(server: TestServer, id: string | undefined, action: string): Promise<void> {
  const { status, body } = await server.json(`/v1/wakes/${id}/${action}`, { method: 'POST' })
  if (status !== 200) throw new Error(`${action}: ${status} ${JSON.stringify(body)}`)
}

describe('what observers are told of wakes', () => {
  test('each change that an operator has to know, with the line of the ledger', async () => {
    await using server = await startServer({ config })
    await using stream = await TestStream.open(server.url)
    const told = new Told(stream)
    await using socket = await attach(server.url, { agent: 'alpha', name: 'Alpha', consumer })
    await say(server, { id: 'm1' })
    const held = await told.next()
    expect(held).toEqual({
      agent_id: 'alpha',
      network_id: 'local' as never,
      fqid: 'molt://local/agents/alpha',
      name: 'Alpha',
      message_id: 'm1' as never,
      reason: 'approval',
      target: { kind: 'room', room_id: 'general' as never },
      wake_id: held.wake_id,
      state: 'held',
    })
    await operate(server, held.wake_id, 'dismiss')
    expect(await told.next()).toMatchObject({ wake_id: held.wake_id, state: 'dismissed' })
    await operate(server, held.wake_id, 'retry')
    expect(await told.next()).toMatchObject({ wake_id: held.wake_id, state: 'pending', reason: 'retried' })
    socket.nack(await socket.event('message.created'), 'failed', { error: 'exit 1' })
    expect(await told.next()).toMatchObject({ state: 'failed', reason: 'failed', error: 'exit 1' })
    socket.nack(await socket.event('message.created'), 'timeout', { error: 'too long' })
    const { data } = await stream.next('agent.wake.failed')
    expect(data).toMatchObject({
      agent: { final: true, wake_id: held.wake_id, state: 'dead', reason: 'room' },
    })
    expect(await told.next()).toMatchObject({ state: 'dead', error: 'too long' })
    await say(server, { id: 'm2' })
    const second = await told.next()
    expect(second).toMatchObject({ message_id: 'm2', state: 'held' })
    await operate(server, second.wake_id, 'approve')
    expect(await told.next()).toMatchObject({ wake_id: second.wake_id, state: 'pending', reason: 'approved' })
    socket.ack(await socket.event('message.created'))
    await delivered(server, { id: 'm2', agent: 'alpha', state: 'acked' })
    const { length } = stream.events.filter(({ type }) => type === 'agent.wake.updated')
    expect(length).toBe(7)
  })

  test('wakes of an agent that is away are told of as well', async () => {
    await using server = await startServer({ config })
    await (await attach(server.url, { agent: 'alpha', name: 'Alpha', consumer })).close()
    await using stream = await TestStream.open(server.url)
    const told = new Told(stream)
    await say(server, { id: 'm1' })
    const held = await told.next()
    expect(held).toMatchObject({ message_id: 'm1', name: 'Alpha', state: 'held', reason: 'approval' })
    await operate(server, held.wake_id, 'approve')
    expect(await told.next()).toMatchObject({ wake_id: held.wake_id, state: 'pending', reason: 'approved' })
    expect((await server.json('/v1/agents/alpha', { method: 'DELETE' })).status).toBe(200)
    expect(await told.next()).toMatchObject({
      wake_id: held.wake_id,
      state: 'dismissed',
      reason: 'the agent was removed',
    })
  })

  test('wakes of an agent that stays away expire, which is told of', async () => {
    const clock = new TestClock()
    const storage = { events: { consumer_ttl: '2d' } }
    await using server = await startServer({ config: { ...config, storage }, clock: clock.read })
    await (await attach(server.url, { agent: 'alpha', consumer })).close()
    await using stream = await TestStream.open(server.url)
    const told = new Told(stream)
    await say(server, { id: 'm1' })
    const held = await told.next()
    clock.jump(3 * 86_400)
    const reason = 'the agent was not attached for too long'
    expect(await told.next()).toMatchObject({ wake_id: held.wake_id, state: 'expired', reason })
    const events = await loggedEvents(server, stream.events.length)
    expect(events.find(({ type }) => type === 'agent.wake.failed')).toMatchObject({
      agent: { final: true, state: 'expired', error: reason },
    })
  })

  test('the ends of targeted messages name the line of the ledger, on v1 sockets as well', async () => {
    await using server = await startServer({ config })
    await using stream = await TestStream.open(server.url)
    const socket = await attach(server.url, { agent: 'alpha' })
    for (const [id, type, state] of [
      ['m1', 'agent.wake.delivered', 'acked'],
      ['m2', 'agent.wake.failed', 'closed'],
    ] as const) {
      await say(server, { id, text: '@alpha' })
      const frame = await socket.event('message.created')
      if (state === 'acked') socket.ack(frame)
      else await socket.close()
      const line = (await delivered(server, { id, agent: 'alpha', state })) as Wake
      const { data } = await stream.next(type)
      expect(data).toMatchObject({ agent: { message_id: id, wake_id: line.id, state, reason: 'mention' } })
    }
    await using again = await attach(server.url, { agent: 'alpha', consumer: durable({ side: 'mentions' }) })
    await say(server, { id: 'm3', room: 'side', text: '@alpha' })
    again.ack(await again.event('message.created'))
    const line = (await delivered(server, { id: 'm3', agent: 'alpha', state: 'acked' })) as Wake
    const { data } = await stream.next('agent.wake.delivered')
    expect(data).toMatchObject({ agent: { message_id: 'm3', wake_id: line.id, state: 'acked' } })
  })

  test('the agent itself is not told, on whatever connection', async () => {
    const tokens = [
      { id: 'op', value: 'op-token', scopes: ['observe', 'write', 'admin'] },
      { id: 'alpha', value: 'alpha-token', scopes: ['attach', 'write'], agents: ['alpha'] },
    ]
    await using server = await startServer({ config: { ...config, auth: { mode: 'bearer', tokens } } })
    await using stream = await TestStream.open(server.url, { token: 'op-token' })
    await using v1 = await attach(server.url, { agent: 'alpha', token: 'alpha-token' })
    await using node = await attach(server.url, { agent: 'alpha', token: 'alpha-token', consumer })
    await say(server, { id: 'm1', token: 'op-token' })
    await new Told(stream).next()
    const last = await say(server, { id: 'm2', room: 'side', token: 'op-token' })
    await eventually(
      () => [v1, node].every((socket) => socket.events().some(({ cursor }) => cursor === last.event_id)),
      'the last message',
    )
    const types = [v1, node].flatMap((socket) => socket.events().map(({ event }) => event.type))
    expect(types).not.toContain('agent.wake.updated')
    expect(stream.events.map(({ type }) => type)).toContain('agent.wake.updated')
  })
})
