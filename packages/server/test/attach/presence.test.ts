import { expect, test } from 'bun:test'
import { attach, durable, type TestSocket } from '../support/socket.ts'
import { startServer } from '../support/start-server.ts'
import { eventually } from '../support/wait.ts'

const rooms = [
  { id: 'one', members: ['watcher', 'flapper', 'durable', ...Array.from({ length: 40 }, (_, n) => `m${n}`)] },
  { id: 'two', members: ['stranger'] },
]

/** What a socket was told about an agent's connections. */
function told(socket: TestSocket, agent: string): Array<{ type: string; at: number }> {
  return socket.frames.flatMap((frame) => {
    if (frame.op !== 'EVENT') return []
    const { event } = frame
    if (event.type !== 'agent.connected' && event.type !== 'agent.disconnected') return []
    return event.agent.agent_id === agent ? [{ type: event.type, at: Date.parse(event.created_at) }] : []
  })
}

test('changes of one agent are told at most once a second, and the last one is the truth', async () => {
  await using server = await startServer({ config: { rooms } })
  await using watcher = await attach(server.url, { agent: 'watcher' })
  for (let n = 0; n < 12; n++) {
    const flapper = await attach(server.url, { agent: 'flapper' })
    await flapper.close()
  }
  await using last = await attach(server.url, { agent: 'flapper' })
  await eventually(() => told(watcher, 'flapper').at(-1)?.type === 'agent.connected', 'the last change')
  const changes = told(watcher, 'flapper')
  for (const [n, change] of changes.entries()) {
    const before = changes[n - 1]
    if (before === undefined) continue
    expect(change.type).not.toBe(before.type)
    expect(change.at - before.at).toBeGreaterThanOrEqual(990)
  }
  await last.close()
  await eventually(() => told(watcher, 'flapper').at(-1)?.type === 'agent.disconnected', 'the end')
})

test('presence is a set of connections: told when the first comes and when the last one goes', async () => {
  const tokens = [{ id: 'n', value: 'node-token', scopes: ['attach'] }]
  await using server = await startServer({ config: { rooms, auth: { mode: 'bearer', tokens } } })
  const own = { token: 'node-token' }
  await using watcher = await attach(server.url, { ...own, agent: 'watcher' })
  const first = await attach(server.url, { ...own, agent: 'flapper' })
  const second = await attach(server.url, { ...own, agent: 'flapper' })
  await eventually(() => told(watcher, 'flapper').length === 1, 'connected')
  await first.close()
  // Whatever there was to tell of the first one would be told before this.
  const other = await attach(server.url, { ...own, agent: 'm0' })
  await eventually(() => told(watcher, 'm0').length === 1, 'another agent')
  await other.close()
  await eventually(() => told(watcher, 'm0').length === 2, 'a second later')
  expect(told(watcher, 'flapper').map(({ type }) => type)).toEqual(['agent.connected'])
  await second.close()
  await eventually(() => told(watcher, 'flapper').length === 2, 'disconnected')
})

test('goes to those who share a room, not to others, and never to durable consumers', async () => {
  await using server = await startServer({ config: { rooms } })
  await using watcher = await attach(server.url, { agent: 'watcher' })
  await using stranger = await attach(server.url, { agent: 'stranger' })
  await using consumer = await attach(server.url, { agent: 'durable', consumer: durable({ one: 'all' }) })
  const joined = await attach(server.url, { agent: 'flapper' })
  await eventually(() => told(watcher, 'flapper').length === 1, 'connected')
  expect(told(watcher, 'durable')).toHaveLength(1)
  for (const socket of [stranger, consumer]) {
    await socket.allRead()
  }
  expect(told(stranger, 'flapper')).toEqual([])
  expect(told(stranger, 'stranger')).toHaveLength(1)
  expect(consumer.events()).toEqual([])
  await joined.close()
})

test('a fleet that connects at once is told in full, once each', async () => {
  await using server = await startServer({ config: { rooms } })
  await using watcher = await attach(server.url, { agent: 'watcher', autoAck: true })
  const fleet = await Promise.all(
    Array.from({ length: 40 }, (_, n) => attach(server.url, { agent: `m${n}`, autoAck: true })),
  )
  const connected = () => watcher.events('agent.connected')
  await eventually(() => connected().length >= 41, 'everybody')
  const agents = connected().map(({ event }) => event.type === 'agent.connected' && event.agent.agent_id)
  expect(new Set(agents).size).toBe(41)
  await Promise.all(fleet.map((socket) => socket.close()))
  await eventually(() => watcher.events('agent.disconnected').length >= 40, 'nobody is left')
})
