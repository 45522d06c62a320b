import { expect, test } from 'bun:test'
import type { Wake } from '@moltnet/protocol'
import { TestClock } from '../support/clock.ts'
import { delivered } from '../support/ledger.ts'
import { say } from '../support/messages.ts'
import { attach } from '../support/socket.ts'
import { startServer } from '../support/start-server.ts'

const config = { rooms: [{ id: 'general', members: ['alpha', 'beta', 'sender'] }] }
const consumer = { durable: true, rooms: [{ id: 'general', wake: 'all' }] }
const approving = { durable: true, rooms: [{ id: 'general', wake: 'mentions', approval: true }] }

test('figures tell of wakes by their outcomes, how long they took, and how many wait for an operator', async () => {
  const clock = new TestClock()
  await using server = await startServer({ config, clock: clock.read })
  const figures = async () => {
    const text = await (await server.request('/metrics')).text()
    return (name: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      )
  }
  const socket = await attach(server.url, { agent: 'alpha', consumer })
  await (await attach(server.url, { agent: 'beta', consumer: approving })).close()

  await say(server, { id: 'm1' })
  const first = await socket.event('message.created')
  clock.jump(20)
  socket.status(first, 'turn_started')
  socket.status(first, 'turn_started')
  await delivered(server, { id: 'm1', agent: 'alpha', state: 'turn_started' })
  const detail = { outcome: 'delivered', final_text: 'a thought' }
  socket.send({ op: 'STATUS', cursor: first.cursor, state: 'turn_ended', detail })
  socket.ack(first)
  await delivered(server, { id: 'm1', agent: 'alpha', state: 'silent' })
  await say(server, { id: 'm2', text: '@beta' })
  socket.ack(await socket.event('message.created'))
  await delivered(server, { id: 'm2', agent: 'alpha', state: 'acked' })
  const held = await delivered(server, { id: 'm2', agent: 'beta', state: 'held' })

  const before = await figures()
  expect(before('moltnet_wakes_held')).toBe(1)
  expect(before('moltnet_held_texts')).toBe(1)
  expect(before('moltnet_wake_start_seconds_count')).toBe(1)
  expect(before('moltnet_wake_start_seconds_bucket{le="15"}')).toBe(0)
  expect(before('moltnet_wake_start_seconds_bucket{le="60"}')).toBe(1)
  expect(before('moltnet_wake_end_seconds_count{outcome="silent"}')).toBe(1)
  expect(before('moltnet_wake_end_seconds_bucket{outcome="silent",le="15"}')).toBe(0)
  expect(before('moltnet_wake_end_seconds_count{outcome="acked"}')).toBe(1)
  expect(before('moltnet_wake_end_seconds_count{outcome="dead"}')).toBe(0)

  for (const [wake, action] of [
    [held as Wake, 'dismiss'],
    [(await delivered(server, { id: 'm1', agent: 'alpha', state: 'silent' })) as Wake, 'publish'],
  ] as const)
    expect((await server.json(`/v1/wakes/${wake.id}/${action}`, { method: 'POST' })).status).toBe(200)
  const after = await figures()
  expect(after('moltnet_wakes_held')).toBe(0)
  expect(after('moltnet_held_texts')).toBe(0)
  expect(after('moltnet_wake_end_seconds_count{outcome="dismissed"}')).toBe(1)
  // A text is published long after its wake has ended.
  expect(after('moltnet_wake_end_seconds_count{outcome="spoke"}')).toBe(0)
  expect(after('moltnet_messages_accepted_total')).toBe(3)
  await socket.close()
})
