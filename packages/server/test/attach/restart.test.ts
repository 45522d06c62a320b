import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { EventFrame } from '@moltnet/protocol'
import { attach, durable, type TestSocket } from '../support/socket.ts'
import { ServerProcesses } from '../support/server-process.ts'
import { startServer } from '../support/start-server.ts'
import { say } from '../support/messages.ts'
import { eventually } from '../support/wait.ts'

const config = { rooms: [{ id: 'general', members: ['alpha', 'beta', 'sender'] }] }
const consumer = durable({ general: 'mentions' })

let servers: ServerProcesses
beforeEach(() => {
  servers = new ServerProcesses(config)
})
afterEach(() => servers[Symbol.asyncDispose]())

async function post(url: string, id: string, text = '@alpha'): Promise<void> {
  const body = {
    id,
    target: { kind: 'room', room_id: 'general' },
    from: { type: 'agent', id: 'sender' },
    parts: [{ kind: 'text', text }],
  }
  const answer = await fetch(`${url}/v1/messages`, { method: 'POST', body: JSON.stringify(body) })
  expect(answer.status).toBe(202)
}

function ids(frames: readonly EventFrame[]): string[] {
  return frames.flatMap(({ event }) => (event.type === 'message.created' ? [event.message.id] : []))
}

async function take(socket: TestSocket, count: number): Promise<EventFrame[]> {
  const frames: EventFrame[] = []
  while (frames.length < count) frames.push(await socket.event())
  return frames
}

describe('a server that is stopped and started again', () => {
  test('redelivers what was not ACKed, keeps attempts, and forgets what was', async () => {
    const first = await startServer({ config, folder: servers.folder })
    const socket = await attach(first.url, { agent: 'alpha', consumer })
    for (const id of ['done', 'open', 'failed']) await say(first, { id, text: '@alpha' })
    const [done, , failed] = (await take(socket, 3)) as [EventFrame, EventFrame, EventFrame]
    socket.ack(done)
    socket.nack(failed, 'failed', { error: 'exit 1' })
    await socket.allRead()
    await first.stop()
    expect((await socket.closed).code).toBe(1012)

    await using second = await startServer({ config, folder: servers.folder })
    await using again = await attach(second.url, { agent: 'alpha', consumer })
    expect(again.ready.consumer?.pending).toBe(2)
    const frames = await take(again, 2)
    expect(ids(frames)).toEqual(['open', 'failed'])
    expect(frames[0]).toMatchObject({ redelivered: true, attempt: 1 })
    expect(frames[1]).toMatchObject({ redelivered: true, attempt: 2 })
  })

  test('a stop during a turn is not held against the node', async () => {
    const first = await startServer({ config, folder: servers.folder })
    const socket = await attach(first.url, { agent: 'alpha', consumer })
    await say(first, { text: '@alpha' })
    socket.status(await socket.event(), 'turn_started')
    await socket.allRead()
    await first.stop()
    await using second = await startServer({ config, folder: servers.folder })
    await using again = await attach(second.url, { agent: 'alpha', consumer })
    expect(await again.event()).toMatchObject({ redelivered: true, attempt: 1 })
  })

  test('tells of agents that were left connected, once', async () => {
    const first = await servers.start()
    await attach(first.url, { agent: 'alpha' })
    const beta = await attach(first.url, { agent: 'beta' })
    const connected = await beta.until(
      (frame) =>
        frame.op === 'EVENT' &&
        frame.event.type === 'agent.connected' &&
        frame.event.agent.agent_id === 'beta',
    )
    const { cursor } = connected as EventFrame
    await first.kill()
    await using second = await startServer({ config, folder: servers.folder })
    expect((await second.json('/v1/agents/alpha')).body).toMatchObject({ connected: false })
    await using reader = await attach(second.url, { agent: 'beta', cursor })
    const gone = [await reader.event('agent.disconnected'), await reader.event('agent.disconnected')]
    expect(gone.map(({ event }) => event.type === 'agent.disconnected' && event.agent.agent_id)).toEqual([
      'alpha',
      'beta',
    ])
    await second.stop()
    await using third = await startServer({ config, folder: servers.folder })
    await using later = await attach(third.url, { agent: 'beta', cursor: gone[1]?.cursor })
    await later.event('agent.connected')
    expect(later.events('agent.disconnected').length).toBeLessThanOrEqual(1)
  })

  test('a v1 socket resumes by its cursor across the restart', async () => {
    const first = await startServer({ config, folder: servers.folder })
    const socket = await attach(first.url, { agent: 'alpha' })
    await say(first, { id: 'seen' })
    const { cursor } = await socket.event('message.created')
    await first.stop()
    await using second = await startServer({ config, folder: servers.folder })
    await say(second, { id: 'missed' })
    await using again = await attach(second.url, { agent: 'alpha', cursor })
    await say(second, { id: 'live' })
    await eventually(() => again.messageIds().length >= 2, 'two messages')
    expect(again.messageIds()).toEqual(['missed', 'live'])
    expect(again.events('stream.replay_gap')).toEqual([])
  })
})

describe('a server that is killed', () => {
  test('loses no wake and keeps the order, whatever was on its way', async () => {
    const sent: string[] = []
    const seen: string[] = []
    const acked = new Set<string>()
    for (let round = 0; round < 4; round++) {
      const server = await servers.start()
      const socket = await attach(server.url, { agent: 'alpha', consumer })
      const pulling = (async () => {
        for (;;) {
          const frame = await socket.event('message.created')
          const [id] = ids([frame]) as [string]
          if (acked.has(id)) expect(frame.redelivered).toBe(true)
          seen.push(id)
          // Every third is left open.
          if (seen.length % 3 === 0) continue
          socket.ack(frame)
          acked.add(id)
        }
      })().catch(() => {})
      for (let n = 0; n < 10; n++) {
        const id = `r${round}-${n}`
        await post(server.url, id)
        sent.push(id)
      }
      await server.kill()
      await pulling
    }
    const server = await servers.start()
    const last = await attach(server.url, { agent: 'alpha', consumer, autoAck: true })
    const final = () => new Set([...seen, ...last.messageIds()])
    await eventually(() => final().size >= sent.length, 'every wake')
    expect([...final()].sort()).toEqual([...sent].sort())
    // First deliveries come in the order of the conversation.
    const firsts = [...new Set([...seen, ...last.messageIds()])]
    expect(firsts).toEqual(sent)
    await last.close()
  }, 30_000)

  test('delivers an ACKed wake no second time once the ACK had a turn of the loop to be stored', async () => {
    const first = await servers.start()
    const socket = await attach(first.url, { agent: 'alpha', consumer })
    for (const id of ['one', 'two', 'three']) await post(first.url, id)
    const [one, two] = (await take(socket, 3)) as [EventFrame, EventFrame, EventFrame]
    socket.ack(two)
    socket.ack(one)
    // A later write is answered after its commit, and so after the ACKs'.
    await socket.allRead()
    await post(first.url, 'flush-1', 'nobody')
    await post(first.url, 'flush-2', 'nobody')
    await first.kill()
    const second = await servers.start()
    await using again = await attach(second.url, { agent: 'alpha', consumer, autoAck: true })
    await post(second.url, 'four')
    await eventually(() => again.messageIds().includes('four'), 'the last one')
    expect(again.messageIds()).toEqual(['three', 'four'])
  })
})
