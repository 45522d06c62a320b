import { beyond, v1, type Check } from '../check.ts'
import { equal } from '../expect.ts'
import { expectError, expectOk } from '../peers/http.ts'

/** Reconciliation of a running server. */
export const APPLY_CHECKS: readonly Check[] = [
  v1('apply creates and updates rooms and registers agents', async (world) => {
    const [room, agent] = [world.id('room'), world.id('agent')]
    const apply = (body: unknown) => world.operator('POST', '/v1/apply', { body })
    const body = {
      network_id: world.target.networkId,
      agents: [{ id: agent, name: 'Ada', credential_key: 'token:somebody' }],
      rooms: [{ id: room, members: [agent], visibility: 'public' }],
    }
    equal(expectOk(await apply(body), 200, 'apply')['applied'], true, 'applied')
    const read = expectOk(await world.operator('GET', `/v1/rooms/${room}`), 200, 'room')
    equal([read['members'], read['visibility']], [[agent], 'public'], 'room')
    const uid = expectOk(await world.operator('GET', `/v1/agents/${agent}`), 200, 'agent')['actor_uid']
    const changed = {
      agents: [{ id: agent, credential_key: 'token:other' }],
      rooms: [{ id: room, name: 'New', members: ['b'], visibility: 'private' }],
    }
    expectOk(await apply(changed), 200, 'apply again')
    const after = expectOk(await world.operator('GET', `/v1/rooms/${room}`), 200, 'room')
    equal([after['name'], after['members'], after['visibility']], ['New', ['b'], 'private'], 'room after')
    equal(
      expectOk(await world.operator('GET', `/v1/agents/${agent}`), 200, 'agent')['actor_uid'],
      uid,
      'the actor stays',
    )
  }),
  v1('apply refuses a wrong network, a missing key, one agent with two keys: 422', async (world) => {
    const apply = (body: unknown) => world.operator('POST', '/v1/apply', { body })
    const id = world.id('agent')
    expectError(await apply({ network_id: 'elsewhere', agents: [], rooms: [] }), 422, 'wrong network')
    expectError(await apply({ agents: [{ id }], rooms: [] }), 422, 'no key')
    expectError(
      await apply({
        agents: [
          { id, credential_key: 'token:a' },
          { id, credential_key: 'token:b' },
        ],
        rooms: [],
      }),
      422,
      'two keys',
    )
    expectError(await world.operator('GET', `/v1/agents/${id}`), 404, 'nothing was registered')
  }),
  beyond('apply is all or nothing, and revives a removed room', async (world) => {
    const room = world.id('room')
    const apply = (body: unknown) => world.operator('POST', '/v1/apply', { body })
    expectError(await apply({ agents: [], rooms: [{ id: room }, { id: '!bad' }] }), 422, 'one bad room')
    expectError(await world.operator('GET', `/v1/rooms/${room}`), 404, 'the good one was not created')
    const removed = await world.room()
    const { message_id: id } = await world.post({ kind: 'room', room_id: removed })
    await world.operator('DELETE', `/v1/rooms/${removed}`)
    expectOk(await apply({ agents: [], rooms: [{ id: removed }] }), 200, 'revive')
    const messages = expectOk(await world.operator('GET', `/v1/rooms/${removed}/messages`), 200, 'history')[
      'messages'
    ] as { id: string }[]
    equal(
      messages.map((message) => message.id),
      [id],
      'its history is there',
    )
  }),
]
