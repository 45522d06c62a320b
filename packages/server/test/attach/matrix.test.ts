import { describe, expect, test } from 'bun:test'
import type { EventFrame, MoltnetEvent } from '@moltnet/protocol'
import { say } from '../support/messages.ts'
import { attach, type TestSocket } from '../support/socket.ts'
import type { TestServer } from '../support/start-server.ts'
import { startServer } from '../support/start-server.ts'
import { TestStream } from '../support/stream.ts'
import { eventually } from '../support/wait.ts'

const rooms = [
  { id: 'lobby', members: ['member', 'sender'], visibility: 'public' },
  { id: 'secret', members: ['member', 'sender'] },
  { id: 'closed', members: ['sender'] },
]

const tokens = [
  { id: 'op', value: 'op-token', scopes: ['observe', 'admin', 'write'] },
  { id: 'n', value: 'node-token', scopes: ['attach', 'write'] },
  { id: 'w', value: 'watch-token', scopes: ['attach', 'observe'] },
]

/** Who is attached: a member of some rooms, a member of none, and one whose credential observes. */
type Viewer = 'member' | 'outsider' | 'observer'

const VIEWERS: readonly Viewer[] = ['member', 'outsider', 'observer']

type Mode = 'none' | 'bearer' | 'bearer+public_read' | 'open'

const MODES: Record<Mode, object> = {
  none: {},
  bearer: { auth: { mode: 'bearer', tokens } },
  'bearer+public_read': { auth: { mode: 'bearer', public_read: true, tokens } },
  open: { auth: { mode: 'open', tokens } },
}

/** Of whom each event is told, by mode: m the member, o the outsider, w the observer. With auth off there is no observer: w is one more outsider. */
const MATRIX: Record<string, Record<Mode, string>> = {
  'message.created lobby': { none: 'mow', bearer: 'mw', 'bearer+public_read': 'mow', open: 'mow' },
  'message.created secret': { none: 'mow', bearer: 'mw', 'bearer+public_read': 'mw', open: 'mw' },
  'message.created closed': { none: 'mow', bearer: 'w', 'bearer+public_read': 'w', open: 'w' },
  'thread.created secret-thread': { none: 'mow', bearer: 'mw', 'bearer+public_read': 'mw', open: 'mw' },
  'message.created secret-thread': { none: 'mow', bearer: 'mw', 'bearer+public_read': 'mw', open: 'mw' },
  'dm.created dm-member': { none: 'm', bearer: 'mw', 'bearer+public_read': 'mw', open: 'mw' },
  'message.created dm-member': { none: 'm', bearer: 'mw', 'bearer+public_read': 'mw', open: 'mw' },
  'message.created dm-others': { none: '', bearer: 'w', 'bearer+public_read': 'w', open: 'w' },
  'room.created new-public': { none: 'mow', bearer: 'w', 'bearer+public_read': 'mow', open: 'mow' },
  'room.created new-member': { none: 'mow', bearer: 'mw', 'bearer+public_read': 'mw', open: 'mw' },
  'room.members.updated lobby': { none: 'mow', bearer: 'mw', 'bearer+public_read': 'mow', open: 'mow' },
  'room.members.updated closed': { none: 'mow', bearer: 'w', 'bearer+public_read': 'w', open: 'w' },
  'room.removed new-member': { none: 'mow', bearer: 'mw', 'bearer+public_read': 'mw', open: 'mw' },
  'agent.connected sender': { none: 'm', bearer: 'mw', 'bearer+public_read': 'mw', open: 'mw' },
  'agent.disconnected sender': { none: 'm', bearer: 'mw', 'bearer+public_read': 'mw', open: 'mw' },
  'agent.wake.delivered sender': { none: '', bearer: 'w', 'bearer+public_read': 'w', open: 'w' },
  'agent.removed bystander': { none: '', bearer: 'w', 'bearer+public_read': 'w', open: 'w' },
}

function labelOf(event: MoltnetEvent): string {
  switch (event.type) {
    case 'message.created': {
      const { target } = event.message
      const place =
        target.kind === 'room' ? target.room_id : target.kind === 'dm' ? target.dm_id : target.thread_id
      return `${event.type} ${place}`
    }
    case 'thread.created':
      return `${event.type} ${event.thread.id}`
    case 'dm.created':
      return `${event.type} ${event.dm.id}`
    case 'room.created':
    case 'room.removed':
    case 'room.members.updated':
      return `${event.type} ${event.room.id}`
    case 'stream.replay_gap':
    case 'pairing.updated':
      return event.type
    default:
      return `${event.type} ${event.agent.agent_id}`
  }
}

/** Makes every event of the matrix happen. */
async function play(server: TestServer, withAuth: boolean): Promise<void> {
  const admin = withAuth ? { token: 'op-token' } : {}
  const node = withAuth ? { token: 'node-token' } : {}
  const patch = (room: string) =>
    server.request(`/v1/rooms/${room}/members`, { ...admin, method: 'PATCH', body: { add: ['guest'] } })
  await using stream = await TestStream.open(server.url, admin)
  const sender = await attach(server.url, { ...node, agent: 'sender' })
  await stream.until(
    () => stream.events.some(({ data }) => labelOf(data) === 'agent.connected sender'),
    'sender',
  )
  await say(server, { ...node, room: 'lobby' })
  await say(server, { ...node, room: 'secret' })
  await say(server, { ...node, room: 'closed' })
  await say(server, { ...node, room: 'secret', thread: 'secret-thread' })
  await say(server, { ...node, dm: { id: 'dm-member', with: ['member'] } })
  await say(server, { ...node, dm: { id: 'dm-others', with: ['somebody'] } })
  await server.request('/v1/rooms', { ...admin, body: { id: 'new-public', visibility: 'public' } })
  await server.request('/v1/rooms', { ...admin, body: { id: 'new-member', members: ['member'] } })
  await patch('lobby')
  await patch('closed')
  await server.request('/v1/rooms/new-member', { ...admin, method: 'DELETE' })
  await attach(server.url, { ...node, agent: 'bystander' })
  await server.request('/v1/agents/bystander', { ...admin, method: 'DELETE' })
  await say(server, { ...admin, human: true, from: 'operator', room: 'closed', text: '@sender' })
  sender.ack(
    (await sender.until(
      (frame) => frame.op === 'EVENT' && JSON.stringify(frame).includes('@sender'),
    )) as EventFrame,
  )
  await sender.event('agent.wake.delivered')
  await sender.close()
  await stream.until(
    () => stream.events.some(({ data }) => labelOf(data) === 'agent.disconnected sender'),
    'the end',
  )
}

for (const [mode, config] of Object.entries(MODES) as Array<[Mode, object]>) {
  describe(`what v1 sockets are told in mode ${mode}`, () => {
    test('is exactly what the matrix says', async () => {
      const withAuth = mode !== 'none'
      await using server = await startServer({ config: { rooms, ...config } })
      const sockets = new Map<Viewer, TestSocket>()
      for (const agent of VIEWERS) {
        const token = withAuth ? (agent === 'observer' ? 'watch-token' : 'node-token') : undefined
        sockets.set(agent, await attach(server.url, { agent, token }))
      }
      await play(server, withAuth)
      for (const [agent, socket] of sockets) {
        await say(server, {
          from: 'operator',
          human: true,
          dm: { id: `end-${agent}`, with: [agent] },
          token: withAuth ? 'op-token' : undefined,
        })
        const isEnd = () =>
          socket.events().some(({ event }) => labelOf(event) === `message.created end-${agent}`)
        await eventually(isEnd, `the end for ${agent}`)
      }
      const told: Record<string, string> = {}
      for (const label of Object.keys(MATRIX)) {
        const who = VIEWERS.filter((viewer) =>
          sockets
            .get(viewer)
            ?.events()
            .some(({ event }) => labelOf(event) === label),
        )
        told[label] = who.map((viewer) => ({ member: 'm', outsider: 'o', observer: 'w' })[viewer]).join('')
      }
      expect(told).toEqual(
        Object.fromEntries(Object.entries(MATRIX).map(([label, row]) => [label, row[mode]])),
      )
      for (const socket of sockets.values()) {
        const cursors = socket.events().map(({ cursor }) => Number(cursor.split('.')[1]))
        expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b))
        await socket.close()
      }
    }, 15_000)
  })
}

test('a socket that resumes is told exactly what a live one was told', async () => {
  await using server = await startServer({ config: { rooms, ...MODES.bearer } })
  const first = await say(server, { token: 'node-token', room: 'lobby' })
  await using live = await attach(server.url, { agent: 'member', token: 'node-token' })
  await play(server, true)
  const end = await say(server, { token: 'node-token', room: 'lobby', id: 'the-end' })
  await eventually(() => live.messageIds().includes(end.message_id), 'the end')
  await using resumed = await attach(server.url, {
    agent: 'member',
    token: 'node-token',
    cursor: first.event_id,
  })
  await eventually(() => resumed.messageIds().includes(end.message_id), 'the end')
  const until = (socket: TestSocket) => socket.events().map(({ cursor }) => cursor)
  // Rooms that were removed meanwhile are shown by their end alone.
  const gone = live
    .events()
    .filter(({ event }) => labelOf(event) === 'room.created new-member')
    .map(({ cursor }) => cursor)
  expect(gone).toHaveLength(1)
  expect(until(resumed).slice(0, until(live).length - gone.length)).toEqual(
    until(live).filter((cursor) => !gone.includes(cursor)),
  )
}, 15_000)

test('a member that is taken out of a private room gets nothing more of it, one that comes in does', async () => {
  await using server = await startServer({ config: { rooms, ...MODES.bearer } })
  await using member = await attach(server.url, { agent: 'member', token: 'node-token' })
  await using outsider = await attach(server.url, { agent: 'outsider', token: 'node-token' })
  const secret = { token: 'node-token', room: 'secret' }
  const patch = (body: object) =>
    server.request('/v1/rooms/secret/members', { method: 'PATCH', body, token: 'op-token' })
  await say(server, { ...secret, id: 'before' })
  await patch({ remove: ['member'], add: ['outsider'] })
  await say(server, { ...secret, id: 'between' })
  await patch({ remove: ['outsider'] })
  await say(server, { ...secret, id: 'after' })
  await say(server, { token: 'node-token', dm: { id: 'both', with: ['member', 'outsider'] }, id: 'end' })
  for (const socket of [member, outsider]) {
    await eventually(() => socket.messageIds().includes('end'), 'the end')
  }
  expect(member.messageIds()).toEqual(['before', 'end'])
  expect(outsider.messageIds()).toEqual(['between', 'end'])
})
