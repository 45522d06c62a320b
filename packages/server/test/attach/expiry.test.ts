import { expect, test } from 'bun:test'
import type { ServerFrame } from '@moltnet/protocol'
import { TestClock } from '../support/clock.ts'
import { attach, durable, TestSocket } from '../support/socket.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { TestStream } from '../support/stream.ts'
import { eventually } from '../support/wait.ts'

const HOUR_SECONDS = 3_600

/** A server with a token that expires in an hour of its clock, one of a day, and one that stays. */
function startWithTokens(clock: TestClock): Promise<TestServer> {
  const token = (id: string, hours?: number) => ({
    id,
    value: `${id}-token`,
    scopes: ['attach', 'observe'],
    ...(hours !== undefined && {
      expires_at: new Date(Date.now() + hours * HOUR_SECONDS * 1_000).toISOString(),
    }),
  })
  return startServer({
    storage: 'memory',
    clock: clock.read,
    config: {
      rooms: [{ id: 'general', members: ['alpha', 'beta', 'gamma', 'delta'] }],
      auth: { mode: 'bearer', tokens: [token('hour', 1), token('day', 24), token('lasting')] },
    },
  })
}

function isDeparture(frame: ServerFrame, agentId: string): boolean {
  if (frame.op !== 'EVENT' || frame.event.type !== 'agent.disconnected') return false
  return frame.event.agent.agent_id === agentId
}

test('sockets of a token that expires get ERROR unauthorized and are closed, those of others stay', async () => {
  const clock = new TestClock()
  await using server = await startWithTokens(clock)
  const consumer = durable({ general: 'all' })
  const ended = [
    await attach(server.url, { agent: 'alpha', token: 'hour-token' }),
    await attach(server.url, { agent: 'beta', token: 'hour-token', consumer }),
    new TestSocket(server.url, { token: 'hour-token' }),
  ]
  await (ended[2] as TestSocket).next('HELLO')
  await using day = await attach(server.url, { agent: 'gamma', token: 'day-token', consumer })
  await using lasting = await attach(server.url, { agent: 'delta', token: 'lasting-token' })
  clock.jump(HOUR_SECONDS)
  for (const socket of ended) {
    expect(await socket.next('ERROR')).toMatchObject({
      code: 'unauthorized',
      error: 'this token has expired',
      retryable: false,
    })
    expect((await socket.closed).code).toBe(1008)
  }
  for (const agent_id of ['alpha', 'beta'])
    expect((await lasting.until((frame) => isDeparture(frame, agent_id))).op).toBe('EVENT')
  await day.allRead()
  await lasting.allRead()
})

test('event streams of a token that expires end, those of others go on', async () => {
  const clock = new TestClock()
  await using server = await startWithTokens(clock)
  await using ended = await TestStream.open(server.url, { token: 'hour-token' })
  await using lasting = await TestStream.open(server.url, { token: 'lasting-token' })
  clock.jump(HOUR_SECONDS)
  await eventually(() => ended.ended, 'the stream to end')
  await using socket = await attach(server.url, { agent: 'alpha', token: 'lasting-token' })
  expect(socket.ready.agent_id).toBe('alpha')
  await lasting.next('agent.connected')
  expect(ended.events).toEqual([])
})
