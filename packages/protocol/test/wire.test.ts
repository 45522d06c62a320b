import { describe, expect, test } from 'bun:test'
import { ClientFrame, ConnectionReason, MoltnetEvent, ServerFrame } from '../src/index.ts'
import { messageWith } from './fixtures.ts'

const version = 'moltnet.attach.v1'
const identify = { op: 'IDENTIFY', version, network_id: 'net_a', agent: { id: 'alpha' } }
const head = { id: 'evt_0a0b0c0d.7', network_id: 'net_a', created_at: '2026-04-01T09:00:00.000000000Z' }
const room = {
  id: 'r',
  network_id: 'net_a',
  fqid: 'f',
  name: 'r',
  visibility: 'private',
  write_policy: 'members',
  created_at: 'x',
}
const agent = { agent_id: 'alpha', network_id: 'net_a', fqid: 'molt://net_a/agents/alpha' }
const wake = { ...agent, message_id: 'm', reason: 'mention', target: { kind: 'room', room_id: 'r' } }

describe('a frame of a client', () => {
  test.each<[string, Record<string, unknown>]>([
    ['IDENTIFY', identify],
    [
      'IDENTIFY with all that v1 sends',
      {
        ...identify,
        agent: { id: 'alpha', name: 'A', type: 'agent' },
        capabilities: { rooms: true, threads: true, dms: false, artifacts: false },
        cursor: 'evt_1',
      },
    ],
    [
      'IDENTIFY with the empty values of v1',
      { ...identify, agent: { id: 'alpha', name: '', type: '' }, capabilities: null, cursor: '' },
    ],
    [
      'IDENTIFY of a durable consumer',
      {
        ...identify,
        consumer: {
          durable: true,
          rooms: [{ id: 'r', wake: 'mentions', approval: true }],
          dms: { enabled: true, wake: 'all' },
          window: 8,
        },
      },
    ],
    ['ACK', { op: 'ACK', version, cursor: 'evt_1' }],
    ['ACK without version', { op: 'ACK', cursor: 'evt_1' }],
    ['ACK with empty version', { op: 'ACK', version: '', cursor: 'evt_1' }],
    ['NACK', { op: 'NACK', version, cursor: 'evt_1', reason: 'busy', error: 'x', retry_after_ms: 5 }],
    ['STATUS', { op: 'STATUS', version, cursor: 'evt_1', state: 'turn_started', detail: { pid: 7 } }],
    ['PING', { op: 'PING', version }],
    ['PONG', { op: 'PONG', version }],
    ['PONG without version', { op: 'PONG' }],
    ['ERROR', { op: 'ERROR', version, error: 'x' }],
    ['one with unknown keys', { op: 'PING', version, seq: 7 }],
  ])('may be %s', (_, frame) => {
    expect(ClientFrame.safeParse(frame).error?.issues).toBeUndefined()
  })

  test.each<[string, unknown]>([
    ['no object', 'PING'],
    ['without op', { version }],
    ['of an unknown op', { op: 'HELP', version }],
    ["one of the server's", { op: 'HELLO', version, heartbeat_interval_ms: 5_000 }],
    ['PING without version', { op: 'PING' }],
    ['PING of another version', { op: 'PING', version: 'moltnet.attach.v2' }],
    ['ACK of another version', { op: 'ACK', version: 'moltnet.attach.v2', cursor: 'evt_1' }],
    ['ACK without cursor', { op: 'ACK', version }],
    ['IDENTIFY without agent', { ...identify, agent: undefined }],
    ['IDENTIFY without agent id', { ...identify, agent: {} }],
    ['IDENTIFY with a malformed agent id', { ...identify, agent: { id: 'a b' } }],
    ['IDENTIFY with a scoped agent id', { ...identify, agent: { id: 'net_a:alpha' } }],
    ['IDENTIFY without network', { ...identify, network_id: undefined }],
    ['a consumer that is not durable', { ...identify, consumer: { durable: false, rooms: [] } }],
    [
      'a consumer with an unknown rule',
      { ...identify, consumer: { durable: true, rooms: [{ id: 'r', wake: 'often' }] } },
    ],
    ['a consumer without window', { ...identify, consumer: { durable: true, rooms: [], window: 0 } }],
    [
      'a consumer of 4,097 rooms',
      {
        ...identify,
        consumer: {
          durable: true,
          rooms: Array.from({ length: 4_097 }, (_, i) => ({ id: `r${i}`, wake: 'all' })),
        },
      },
    ],
    ['NACK without reason', { op: 'NACK', version, cursor: 'evt_1' }],
    ['NACK with an unknown reason', { op: 'NACK', version, cursor: 'evt_1', reason: 'tired' }],
    ['STATUS with an unknown state', { op: 'STATUS', version, cursor: 'evt_1', state: 'thinking' }],
  ])('may not be %s', (_, frame) => {
    expect(ClientFrame.safeParse(frame).success).toBe(false)
  })

  test('gets a window of 64 when it asks for none', () => {
    const frame = ClientFrame.parse({ ...identify, consumer: { durable: true, rooms: [] } })
    expect(frame.op === 'IDENTIFY' && frame.consumer?.window).toBe(64)
  })
})

describe('a frame of a server', () => {
  const event = { ...head, type: 'message.created', message: messageWith() }

  test.each<[string, Record<string, unknown>]>([
    ['HELLO', { op: 'HELLO', version, heartbeat_interval_ms: 5_000 }],
    [
      'READY',
      {
        op: 'READY',
        version,
        network_id: 'net_a',
        agent_id: 'alpha',
        actor_uid: 'actor_1',
        actor_uri: 'molt://net_a/agents/alpha',
      },
    ],
    [
      'READY with a token',
      { op: 'READY', version, network_id: 'net_a', agent_id: 'alpha', agent_token: 'magt_v1_x' },
    ],
    [
      'READY of a durable consumer',
      {
        op: 'READY',
        version,
        network_id: 'net_a',
        agent_id: 'alpha',
        consumer: { durable: true, pending: 3, rejected: [{ room: 'r', reason: 'x' }] },
      },
    ],
    ['EVENT', { op: 'EVENT', version, network_id: 'net_a', cursor: head.id, event }],
    [
      'EVENT sent again',
      { op: 'EVENT', version, network_id: 'net_a', cursor: head.id, event, redelivered: true, attempt: 2 },
    ],
    ['PING', { op: 'PING', version }],
    ['PONG', { op: 'PONG' }],
    ['ERROR of v1', { op: 'ERROR', version, error: 'x' }],
    ['ERROR with code', { op: 'ERROR', version, error: 'x', code: 'taken_over', retryable: false }],
  ])('may be %s', (_, frame) => {
    expect(ServerFrame.safeParse(frame).error?.issues).toBeUndefined()
  })

  test("is none of the client's", () => {
    for (const op of ['IDENTIFY', 'ACK', 'NACK', 'STATUS'])
      expect(ServerFrame.safeParse({ ...identify, op }).success).toBe(false)
  })
})

describe('an event', () => {
  const payloads: Record<MoltnetEvent['type'], Record<string, unknown>> = {
    'message.created': { message: messageWith() },
    'room.created': { room },
    'room.removed': { room },
    'room.members.updated': { room: { ...room, members: ['a'] } },
    'thread.created': {
      thread: {
        id: 't',
        network_id: 'net_a',
        fqid: 'f',
        room_id: 'r',
        message_count: 1,
        last_message_at: 'x',
      },
    },
    'dm.created': {
      dm: { id: 'd', network_id: 'net_a', fqid: 'f', participant_ids: ['a', 'b'], message_count: 1 },
    },
    'agent.connected': { agent },
    'agent.disconnected': { agent: { ...agent, reason: 'read_timeout', error: 'x' } },
    'agent.removed': { agent: { ...agent, reason: 'removed' } },
    'agent.wake.delivered': { agent: wake },
    'agent.wake.failed': { agent: { ...wake, error: 'x', final: true } },
    'agent.wake.updated': { agent: { ...wake, wake_id: 'wake_000001', state: 'held' } },
    'pairing.updated': {
      pairing: { id: 'p', remote_network_id: 'net_b', status: 'degraded', diagnostics: { reason: 'x' } },
    },
    'stream.replay_gap': {
      replay_gap: { requested_event_id: 'x', oldest_event_id: 'a', newest_event_id: 'b' },
    },
  }

  test.each(Object.entries(payloads))('%s has its payload', (type, payload) => {
    expect(MoltnetEvent.parse({ ...head, type, ...payload }) as unknown).toMatchObject({
      ...head,
      type,
      ...payload,
    })
    expect(MoltnetEvent.safeParse({ ...head, type }).success).toBe(false)
  })

  test('covers every type', () => {
    const types = MoltnetEvent.options.map((option) => option.shape.type.value)
    expect(types.sort()).toEqual(Object.keys(payloads).sort() as never)
  })

  test('of an unknown type is refused', () => {
    expect(MoltnetEvent.safeParse({ ...head, type: 'message.edited', message: messageWith() }).success).toBe(
      false,
    )
  })

  test('about connections has the eleven reasons of the contract', () => {
    expect(ConnectionReason.options).toHaveLength(11)
  })
})
