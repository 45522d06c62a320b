import { AgentSummary, type DirectConversation, MoltnetEvent, Room, Thread } from '@moltnet/protocol'
import { expect, test } from 'bun:test'
import { applyToLists, type ListChanges } from '../src/data/apply-events.ts'

const head = { network_id: 'net', created_at: '2026-01-01T00:00:00Z' }
const room = (id: string, over = {}) =>
  Room.parse({
    id,
    network_id: 'net',
    fqid: `molt://net/rooms/${id}`,
    name: id,
    created_at: head.created_at,
    ...over,
  })
const agent = (id: string, over = {}) =>
  AgentSummary.parse({ id, network_id: 'net', fqid: `molt://net/agents/${id}`, connected: false, ...over })
const thread = (over = {}) =>
  Thread.parse({
    id: 't',
    network_id: 'net',
    fqid: 'molt://net/threads/t',
    room_id: 'a',
    message_count: 1,
    ...over,
  })
const event = (type: string, payload: object) =>
  MoltnetEvent.parse({ ...head, id: 'evt_1', type, ...payload })

/** Lists that events change, as the cache holds them. */
function lists() {
  const state = {
    rooms: [room('a', { access: { can_read: true, can_write: true, reason: 'open' } })] as readonly Room[],
    agents: [agent('alpha')] as readonly AgentSummary[],
    dms: [] as readonly DirectConversation[],
    threads: [thread({ last_message_at: '2026-01-01T00:00:01Z' })] as readonly Thread[],
  }
  const changes: ListChanges = {
    rooms: (change) => (state.rooms = change(state.rooms)),
    agents: (change) => (state.agents = change(state.agents)),
    dms: (change) => (state.dms = change(state.dms)),
    threads: (_room, change) => (state.threads = change(state.threads)),
  }
  return { state, apply: (it: MoltnetEvent) => applyToLists(it, changes) }
}

test('a room comes, changes and goes; what it lets the viewer do stays known', () => {
  const { state, apply } = lists()
  apply(event('room.created', { room: room('b') }))
  expect(state.rooms.map(({ id }): string => id)).toEqual(['a', 'b'])
  apply(event('room.members.updated', { room: room('a', { members: ['alpha'] }) }))
  expect(state.rooms[0]).toMatchObject({ members: ['alpha'], access: { can_write: true } })
  apply(event('room.removed', { room: room('a') }))
  expect(state.rooms.map(({ id }): string => id)).toEqual(['b'])
})

test('agents connect, disconnect and go', () => {
  const { state, apply } = lists()
  const of = (id: string) => ({
    agent: { agent_id: id, network_id: 'net', fqid: `molt://net/agents/${id}`, name: 'New' },
  })
  apply(event('agent.connected', of('alpha')))
  apply(event('agent.connected', of('beta')))
  expect(state.agents).toMatchObject([
    { id: 'alpha', connected: true },
    { id: 'beta', connected: true, name: 'New' },
  ])
  apply(event('agent.disconnected', of('alpha')))
  apply(event('agent.removed', of('beta')))
  expect(state.agents).toMatchObject([{ id: 'alpha', connected: false }])
})

test('what became of a wake is the last that is known of its agent', () => {
  const { state, apply } = lists()
  const wake = { wake_id: 'wake_1', message_id: 'msg_1', state: 'dead', reason: 'failed' }
  const alpha = { agent_id: 'alpha', network_id: 'net', fqid: 'molt://net/agents/alpha' }
  apply(event('agent.wake.failed', { agent: { ...alpha, ...wake } }))
  const { wake_id: id, ...rest } = wake
  expect(state.agents[0]?.last_wake).toEqual({ id, at: head.created_at, ...rest } as never)
})

test('a message is counted in its thread once, and not when the list has it already', () => {
  const { state, apply } = lists()
  const inThread = (second: number) =>
    event('message.created', {
      message: {
        id: `msg_${second}`,
        network_id: 'net',
        origin: { network_id: 'net', message_id: 'm' },
        target: { kind: 'thread', room_id: 'a', thread_id: 't' },
        from: { type: 'agent', id: 'alpha' },
        parts: [{ kind: 'text', text: 'x' }],
        created_at: `2026-01-01T00:00:0${second}Z`,
      },
    })
  apply(inThread(1))
  expect(state.threads[0]?.message_count).toBe(1)
  apply(inThread(2))
  apply(inThread(2))
  expect(state.threads[0]).toMatchObject({ message_count: 2, last_message_at: '2026-01-01T00:00:02Z' })
})
