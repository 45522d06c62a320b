import { beyond, v1, type Check } from '../check.ts'
import { Broken, equal, holds, matches } from '../expect.ts'
import { expectOk } from '../peers/http.ts'
import { type AttachPeer, identify, isEvent, messageIdOf, VERSION } from '../peers/attach.ts'
import { BOUND_AGENT } from '../target.ts'
import type { World } from '../world.ts'

const inRoom = (room: string) => ({ kind: 'room', room_id: room })

/** The frame must lead to an ERROR frame and a closed socket. */
async function refused(world: World, frame: unknown, what: string): Promise<AttachPeer> {
  const peer = await world.socket({ token: world.token('attach') })
  await peer.op('HELLO', 'HELLO')
  peer.send(frame)
  const error = await peer.op('ERROR', what)
  matches(error['error'], /./, `${what}: error text`)
  await peer.frames.end(what)
  return peer
}

/** The attachment protocol. */
export const ATTACH_CHECKS: readonly Check[] = [
  v1('HELLO, IDENTIFY, READY, EVENT, ACK', async (world) => {
    const agent = world.id('agent')
    const room = await world.room({ members: [agent] })
    const peer = await world.attach(agent)
    const hello = peer.frames.all[0]
    equal(
      [hello?.op, hello?.['version'], hello?.['heartbeat_interval_ms']],
      ['HELLO', VERSION, 5000],
      'HELLO',
    )
    equal([peer.ready['network_id'], peer.ready['agent_id']], [world.target.networkId, agent], 'READY')
    matches(peer.ready['actor_uid'], /^actor_/, 'actor_uid')
    const { message_id: id, event_id: event } = await world.post(inRoom(room), { text: `@${agent} hi` })
    const frame = await peer.event('message.created', 'the message', id)
    equal(
      [frame['version'], frame['network_id'], frame['cursor']],
      [VERSION, world.target.networkId, event],
      'EVENT head',
    )
    equal((frame['event'] as { id: string }).id, event, 'event id')
  }),
  v1('the server sends PING within 5 s and answers PING with PONG', async (world) => {
    const peer = await world.attach(world.id('agent'))
    peer.send({ op: 'PING', version: VERSION })
    await peer.op('PONG', 'PONG')
    await peer.frames.find((frame) => frame.op === 'PING', 'PING', 5_000)
  }),
  v1('an agent shows as connected while it is attached', async (world) => {
    const agent = world.id('agent')
    const room = await world.room({ members: [agent] })
    const stream = await world.stream()
    const peer = await world.attach(agent)
    const mine = (type: string) =>
      stream.events.find(
        (event) => event.event === type && (event.data['agent'] as { agent_id: string }).agent_id === agent,
        type,
      )
    await mine('agent.connected')
    equal(
      expectOk(await world.operator('GET', `/v1/agents/${agent}`), 200, 'agent')['connected'],
      true,
      'connected',
    )
    await peer[Symbol.asyncDispose]()
    await mine('agent.disconnected')
    equal(
      expectOk(await world.operator('GET', `/v1/agents/${agent}`), 200, 'agent')['connected'],
      false,
      'connected after',
    )
    holds(room !== '', 'the room is there')
  }),
  v1('a targeted message that is ACKed is a delivered wake', async (world) => {
    const agent = world.id('agent')
    const room = await world.room({ members: [agent] })
    const stream = await world.stream()
    await world.attach(agent)
    const { message_id: id } = await world.post(inRoom(room), { text: `@${agent} wake up` })
    const event = await stream.event('agent.wake.delivered', 'agent.wake.delivered')
    const payload = event.data['agent'] as Record<string, unknown>
    equal(
      [payload['agent_id'], payload['message_id'], payload['reason'], payload['target']],
      [agent, id, 'mention', inRoom(room)],
      'payload',
    )
  }),
  v1('a socket that closes with a targeted message un-ACKed is a failed wake', async (world) => {
    const agent = world.id('agent')
    const room = await world.room({ members: [agent] })
    const stream = await world.stream()
    const peer = await world.attach(agent)
    peer.autoAck = false
    const { message_id: id } = await world.post(inRoom(room), { text: `@${agent} wake up` })
    await peer.event('message.created', 'the message', id)
    await peer[Symbol.asyncDispose]()
    const event = await stream.event('agent.wake.failed', 'agent.wake.failed')
    const payload = event.data['agent'] as Record<string, unknown>
    equal([payload['agent_id'], payload['message_id'], payload['reason']], [agent, id, 'mention'], 'payload')
    matches(payload['error'], /./, 'error')
  }),
  v1('a cursor resumes after its event, in order', async (world) => {
    const agent = world.id('agent')
    const room = await world.room({ members: [agent] })
    const first = await world.post(inRoom(room))
    const later = [await world.post(inRoom(room)), await world.post(inRoom(room))].map(
      (accepted) => accepted.message_id,
    )
    const peer = await world.attach(agent, { cursor: first.event_id })
    await peer.event('message.created', 'the last', later[1])
    const got = peer.frames.all.filter((frame) => isEvent(frame, 'message.created')).map(messageIdOf)
    equal(
      got.filter((id) => [first.message_id, ...later].includes(id as string)),
      later,
      'replayed messages',
    )
  }),
  v1('an unknown cursor is answered with one replay gap', async (world) => {
    const peer = await world.attach(world.id('agent'), { cursor: 'evt_never_was' })
    const frame = await peer.event('stream.replay_gap', 'stream.replay_gap')
    const gap = (frame['event'] as { replay_gap: { requested_event_id: string } }).replay_gap
    equal(gap.requested_event_id, 'evt_never_was', 'requested_event_id')
    matches((frame['event'] as { id: string }).id, /^evt_gap_[0-9a-f]{64}$/, 'id of the gap')
  }),
  v1('what is not the protocol is an ERROR and a closed socket', async (world) => {
    const agent = world.id('agent')
    const good = identify({ networkId: world.target.networkId, agentId: agent })
    await refused(world, 'not json', 'bad JSON')
    await refused(world, new Uint8Array([1, 2, 3]), 'a binary frame')
    await refused(world, { ...good, version: 'moltnet.attach.v9' }, 'a wrong version')
    await refused(world, { ...good, op: 'DANCE' }, 'an unexpected op')
    await refused(world, { op: 'ACK', version: VERSION, cursor: 'evt_x' }, 'ACK before IDENTIFY')
    await refused(world, { ...good, network_id: 'some-other-network' }, 'a wrong network')
    await refused(world, { ...good, agent: { id: '!!' } }, 'a malformed agent id')
    await refused(world, { ...good, agent: {} }, 'no agent id')
  }),
  v1('ACK of an unknown cursor is an ERROR and a closed socket', async (world) => {
    const peer = await world.attach(world.id('agent'))
    peer.send({ op: 'ACK', version: VERSION, cursor: 'evt_never_sent' })
    await peer.op('ERROR', 'ERROR')
    await peer.frames.end('closing')
  }),
  v1('removing the agent ends its attachment', async (world) => {
    const agent = world.id('agent')
    const peer = await world.attach(agent)
    equal((await world.operator('DELETE', `/v1/agents/${agent}`)).status, 200, 'delete')
    await peer.op('ERROR', 'ERROR')
    await peer.frames.end('closing')
  }),
  v1('a foreign browser origin is refused', async (world) => {
    let opened = false
    try {
      await world.socket({ token: world.token('attach'), headers: { origin: 'https://evil.example' } })
      opened = true
    } catch (error) {
      holds(error instanceof Broken, 'the upgrade is refused')
    }
    holds(!opened, 'the upgrade is refused')
  }),
  v1(
    'a token with an agents list attaches only those',
    async (world) => {
      const token = world.token('boundAttach')
      const other = await world.socket({ token })
      await other.op('HELLO', 'HELLO')
      other.send(identify({ networkId: world.target.networkId, agentId: world.id('other') }))
      await other.op('ERROR', 'another id')
      await other.frames.end('closing')
      await world.attach(BOUND_AGENT, { token })
    },
    { mode: ['bearer', 'open'], credentials: ['boundAttach'] },
  ),
  v1(
    'an id that another credential owns cannot be attached',
    async (world) => {
      const agent = world.id('agent')
      expectOk(
        await world.operator('POST', '/v1/agents/register', { body: { requested_agent_id: agent } }),
        201,
        'register',
      )
      const peer = await world.socket({ token: world.token('attach') })
      await peer.op('HELLO', 'HELLO')
      peer.send(identify({ networkId: world.target.networkId, agentId: agent }))
      await peer.op('ERROR', 'ERROR')
      await peer.frames.end('closing')
    },
    { mode: ['bearer', 'open'], credentials: ['attach', 'operator'] },
  ),
  beyond('an attachment sees its rooms and its DMs, nobody else’s', async (world) => {
    const [agent, other] = [world.id('agent'), world.id('other')]
    const mine = await world.room({ members: [agent] })
    const foreign = await world.room({ members: [other] })
    const peer = await world.attach(agent)
    const hidden: string[] = []
    if (world.target.mode !== 'none') hidden.push((await world.post(inRoom(foreign))).message_id)
    if (world.target.directMessages) {
      const target = { kind: 'dm', dm_id: world.id('dm'), participant_ids: [other, 'third'] }
      hidden.push((await world.post(target, { from: other })).message_id)
    }
    const last = await world.post(inRoom(mine))
    await peer.event('message.created', 'the last message', last.message_id)
    const seen = peer.frames.all.map(messageIdOf)
    for (const id of hidden) holds(!seen.includes(id), `${id} must not be seen`)
    if (!world.target.directMessages) return
    const own = await world.post(
      { kind: 'dm', dm_id: world.id('dm'), participant_ids: [agent, other] },
      { from: other },
    )
    await peer.event('message.created', 'the own DM', own.message_id)
  }),
  beyond('a durable consumer gets what came while it was away, NACKed wakes come again', async (world) => {
    const agent = world.id('agent')
    const room = await world.room({ members: [agent] })
    const consumer = { durable: true, rooms: [{ id: room, wake: 'all' }], window: 8 }
    const first = await world.attach(agent, { consumer })
    equal(first.ready['consumer'], { durable: true, pending: 0, rejected: [] }, 'READY.consumer')
    await first[Symbol.asyncDispose]()
    const missed = await world.post(inRoom(room), { text: 'while away' })
    const second = await world.attach(agent, { consumer })
    second.autoAck = false
    const frame = await second.event('message.created', 'the missed message', missed.message_id)
    equal([frame['redelivered'], frame['attempt']], [false, 1], 'first try')
    second.send({
      op: 'NACK',
      version: VERSION,
      cursor: frame['cursor'],
      reason: 'busy',
      error: 'later',
      retry_after_ms: 50,
    })
    const again = await second.frames.find(
      (candidate) => messageIdOf(candidate) === missed.message_id && candidate['redelivered'] === true,
      'the redelivery',
    )
    second.send({ op: 'ACK', version: VERSION, cursor: again['cursor'] })
    const next = await world.post(inRoom(room), { text: 'next' })
    await second.event('message.created', 'the next message', next.message_id)
  }),
  beyond('a durable consumer is single: the newest takes over', async (world) => {
    const agent = world.id('agent')
    const room = await world.room({ members: [agent] })
    const consumer = { durable: true, rooms: [{ id: room, wake: 'all' }] }
    const first = await world.attach(agent, { consumer })
    await world.attach(agent, { consumer })
    const error = await first.op('ERROR', 'taken over')
    equal(error['code'], 'taken_over', 'code')
    await first.frames.end('closing')
  }),
  beyond('a durable consumer names the rooms it may not read', async (world) => {
    const agent = world.id('agent')
    const foreign = await world.room({ members: ['somebody-else'] })
    const missing = world.id('nowhere')
    const peer = await world.attach(agent, {
      consumer: {
        durable: true,
        rooms: [
          { id: foreign, wake: 'all' },
          { id: missing, wake: 'all' },
        ],
      },
    })
    const rejected = (
      peer.ready['consumer'] as { rejected: { room: string; reason: string }[] }
    ).rejected.map((entry) => entry.room)
    equal(rejected.sort(), (world.target.mode === 'none' ? [missing] : [foreign, missing]).sort(), 'rejected')
  }),
]
