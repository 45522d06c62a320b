import { expect, test } from 'bun:test'
import { DELIVERY_LIMITS } from '../../src/eventlog/limits.ts'
import { say } from '../support/messages.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { attach, durable } from '../support/socket.ts'
import type { TestServer } from '../support/start-server.ts'
import { startServer } from '../support/start-server.ts'
import { deadline, eventually } from '../support/wait.ts'

const rooms = [{ id: 'general', members: ['slow', 'fast', 'sender'] }]

/** Attaches on a raw socket and waits for READY. */
async function rawAttach(server: TestServer, agent: string, consumer?: object): Promise<RawSocket> {
  const socket = new RawSocket(server.url)
  socket.send({ op: 'IDENTIFY', network_id: 'local', agent: { id: agent }, consumer })
  await eventually(() => socket.frames.some(({ op }) => op === 'READY'), 'READY')
  return socket
}

async function metric(server: TestServer, name: string): Promise<number> {
  const text = await (await server.request('/metrics')).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

/** Posts messages of 60 kB: far more than all buffers between two sockets hold. */
async function postLarge(server: TestServer, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, n) => `large-${n}`)
  const text = 'x'.repeat(60_000)
  for (const id of ids) await say(server, { id, text })
  return ids
}

for (const [kind, consumer] of [
  ['v1', undefined],
  ['durable', durable({ general: 'all' }, { window: 1_024 })],
] as const) {
  test(`a ${kind} socket that stops reading loses nothing and holds up nobody`, async () => {
    await using server = await startServer({ config: { rooms } })
    const slow = await rawAttach(server, 'slow', consumer)
    await using fast = await attach(server.url, { agent: 'fast', autoAck: true })
    slow.pause()
    const ids = await postLarge(server, 150)
    await eventually(() => fast.messageIds().length >= ids.length, 'the fast one has all')
    slow.resume()
    if (consumer === undefined) {
      await eventually(() => slow.messageIds().length >= ids.length, 'the slow one has all')
    } else {
      // A conversation has at most 16 un-ACKed wakes: the others follow the ACKs.
      let acked = 0
      await eventually(() => {
        const events = slow.frames.filter((frame) => frame.op === 'EVENT')
        for (const { cursor } of events.slice(acked)) slow.send({ op: 'ACK', cursor })
        acked = events.length
        return slow.messageIds().length >= ids.length
      }, 'the slow one has all')
    }
    expect(slow.messageIds()).toEqual(ids)
    await say(server, { id: 'live-again' })
    await eventually(() => slow.messageIds().at(-1) === 'live-again', 'live again')
    slow.destroy()
  }, 30_000)
}

test('a socket with too many un-ACKed frames is read no further until ACKs come, and loses nothing', async () => {
  await using server = await startServer({ config: { rooms } })
  await using socket = await attach(server.url, { agent: 'slow' })
  await socket.event('agent.connected')
  const limit = DELIVERY_LIMITS.unackedFrames
  const total = limit + 100
  for (let from = 0; from < total; from += 100) {
    await Promise.all(Array.from({ length: Math.min(100, total - from) }, () => say(server)))
  }
  await eventually(() => socket.events().length >= limit, 'the full window')
  await socket.allRead()
  const frames = socket.events()
  expect(frames).toHaveLength(limit)
  for (const frame of frames.slice(0, limit / 2 - 1)) socket.ack(frame)
  await socket.allRead()
  expect(socket.events()).toHaveLength(limit)
  socket.ack(frames[limit / 2 - 1] as { cursor: string })
  await eventually(() => socket.messageIds().length >= total, 'the rest')
  expect(new Set(socket.messageIds()).size).toBe(total)
}, 30_000)

test('a socket that makes no progress is cut after the stall limit, and a metric counts it', async () => {
  const config = { rooms, server: { limits: { stall: '1s' } } }
  await using server = await startServer({ config })
  const slow = await rawAttach(server, 'slow')
  await using fast = await attach(server.url, { agent: 'fast', autoAck: true })
  slow.pause()
  const beat = setInterval(() => slow.send({ op: 'PONG' }), 200)
  const ids = await postLarge(server, 150)
  await eventually(async () => (await metric(server, 'moltnet_stalled_total')) === 1, 'the cut')
  clearInterval(beat)
  slow.resume()
  await deadline(() => slow.closed, 'the connection is gone')
  await eventually(() => fast.messageIds().length >= ids.length, 'others go on')
  expect(await metric(server, 'moltnet_active_attachments')).toBe(1)
  expect(await metric(server, 'moltnet_events_dropped_total')).toBe(0)
}, 30_000)
