import { beyond, v1, type Check } from '../check.ts'
import { equal, holds, matches } from '../expect.ts'
import { expectError, expectOk } from '../peers/http.ts'

const NANOS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/

/** Rooms: create, read, list, members, removal. */
export const ROOM_CHECKS: readonly Check[] = [
  v1('a created room has its defaults and sorted, unique members', async (world) => {
    const id = world.id('room')
    const room = expectOk(
      await world.operator('POST', '/v1/rooms', { body: { id, members: ['b', 'a', 'b'] } }),
      201,
      'create',
    )
    equal(
      [room['id'], room['name'], room['network_id']],
      [id, id, world.target.networkId],
      'id, name, network_id',
    )
    equal(room['fqid'], `molt://${world.target.networkId}/rooms/${id}`, 'fqid')
    equal(room['members'], ['a', 'b'], 'members')
    equal([room['visibility'], room['write_policy']], ['private', 'members'], 'visibility and write_policy')
    matches(room['created_at'], NANOS, 'created_at')
    const read = expectOk(await world.operator('GET', `/v1/rooms/${id}`), 200, 'get')
    equal(read['members'], ['a', 'b'], 'members as read')
    const access = read['access'] as { can_read: boolean; reason: string }
    holds(access.can_read, 'the operator can read')
    equal(access.reason, 'private/members-write', 'access.reason')
  }),
  v1('creating a room twice is 409', async (world) => {
    const id = await world.room()
    expectError(await world.operator('POST', '/v1/rooms', { body: { id } }), 409, 'second create')
  }),
  v1('a bad room is 422, a body of wrong types 400', async (world) => {
    expectError(await world.operator('POST', '/v1/rooms', { body: { id: '-bad' } }), 422, 'bad id')
    expectError(
      await world.operator('POST', '/v1/rooms', { body: { id: world.id('room'), visibility: 'secret' } }),
      422,
      'bad visibility',
    )
    expectError(
      await world.operator('POST', '/v1/rooms', { body: { id: world.id('room'), members: ['not an id'] } }),
      422,
      'bad member',
    )
    expectError(await world.operator('POST', '/v1/rooms', { raw: '{"id": 7}' }), 400, 'wrong type')
    expectError(await world.operator('POST', '/v1/rooms', { raw: '{"id": ' }), 400, 'truncated JSON')
    expectError(await world.operator('POST', '/v1/rooms', { raw: '{} {}' }), 400, 'two values')
  }),
  v1('unknown body keys are ignored', async (world) => {
    const body = { id: world.id('room'), colour: 'red', nested: { a: [1] } }
    expectOk(await world.operator('POST', '/v1/rooms', { body }), 201, 'create with unknown keys')
  }),
  v1('an unknown room is 404 everywhere', async (world) => {
    const id = world.id('nowhere')
    expectError(await world.operator('GET', `/v1/rooms/${id}`), 404, 'get')
    expectError(await world.operator('GET', `/v1/rooms/${id}/messages`), 404, 'messages')
    expectError(await world.operator('GET', `/v1/rooms/${id}/threads`), 404, 'threads')
    expectError(await world.operator('DELETE', `/v1/rooms/${id}`), 404, 'delete')
    expectError(
      await world.operator('PATCH', `/v1/rooms/${id}/members`, { body: { add: ['a'] } }),
      404,
      'members',
    )
    const body = world.message({ kind: 'room', room_id: id })
    expectError(await world.operator('POST', '/v1/messages', { body }), 404, 'message')
  }),
  v1('members are added and removed; only a real change is an event', async (world) => {
    const id = await world.room({ members: ['a'] })
    const stream = await world.stream()
    const patch = (body: unknown) => world.operator('PATCH', `/v1/rooms/${id}/members`, { body })
    equal(expectOk(await patch({ add: ['a'] }), 200, 'no change')['members'], ['a'], 'members')
    equal(
      expectOk(await patch({ add: ['c', 'b'], remove: ['a'] }), 200, 'change')['members'],
      ['b', 'c'],
      'members',
    )
    const event = await stream.event('room.members.updated', 'an event for the real change')
    equal((event.data['room'] as { members: string[] }).members, ['b', 'c'], 'members of the event')
    const count = stream.events.all.filter((candidate) => candidate.event === 'room.members.updated').length
    equal(count, 1, 'room.members.updated events')
  }),
  v1('a removed room is gone but its id stays taken', async (world) => {
    const id = await world.room()
    await world.post({ kind: 'room', room_id: id })
    const stream = await world.stream()
    equal(
      expectOk(await world.operator('DELETE', `/v1/rooms/${id}`), 200, 'delete'),
      { removed: true, kind: 'room', id, mode: 'soft' },
      'answer',
    )
    await stream.event('room.removed', 'room.removed')
    expectError(await world.operator('GET', `/v1/rooms/${id}`), 404, 'get')
    expectError(
      await world.operator('POST', '/v1/messages', { body: world.message({ kind: 'room', room_id: id }) }),
      404,
      'message',
    )
    expectError(await world.operator('POST', '/v1/rooms', { body: { id } }), 409, 'create again')
    const list = expectOk(await world.operator('GET', '/v1/rooms?limit=500'), 200, 'list')
    holds(!(list['rooms'] as { id: string }[]).some((room) => room.id === id), 'the list leaves it out')
  }),
  v1('rooms are listed by id, with access', async (world) => {
    const ids = [await world.room(), await world.room(), await world.room()].sort()
    const rooms = expectOk(await world.operator('GET', `/v1/rooms?limit=2&after=${ids[0]}`), 200, 'list')[
      'rooms'
    ] as { id: string; access?: unknown }[]
    equal(
      rooms.map((room) => room.id),
      [ids[1], ids[2]],
      'the two after the first',
    )
    holds(
      rooms.every((room) => room.access !== undefined),
      'every room has access',
    )
  }),
  v1('creating a room is an event', async (world) => {
    const stream = await world.stream()
    const id = await world.room({ members: ['a'] })
    const event = await stream.events.find(
      (candidate) =>
        candidate.event === 'room.created' && (candidate.data['room'] as { id: string }).id === id,
      'room.created',
    )
    equal(event.id, event.data['id'], 'the id of the stream is the id of the event')
    equal(event.data['type'], 'room.created', 'type')
  }),
  beyond('more than 256 members in one request is 422', async (world) => {
    const members = Array.from({ length: 257 }, (_, i) => `m${i}`)
    expectError(
      await world.operator('POST', '/v1/rooms', { body: { id: world.id('room'), members } }),
      422,
      'create',
    )
  }),
]
