import { describe, expect, test } from 'bun:test'
import type { Room } from '@moltnet/protocol'
import { loggedEvents } from '../support/logged-events.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const START = { storage: 'memory' } as const

async function makeRoom(server: TestServer, body: object) {
  return server.json<Room>('/v1/rooms', { body })
}

async function members(server: TestServer, id: string, change: object) {
  return server.json<Room>(`/v1/rooms/${id}/members`, { method: 'PATCH', body: change })
}

describe('rooms', () => {
  test('are made once, with sorted members and defaults, and tell the network', async () => {
    await using server = await startServer(START)
    const { status, body } = await makeRoom(server, {
      id: 'general',
      members: ['beta', 'alpha', 'local:beta', 'far:x'],
    })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: 'general',
      network_id: 'local',
      fqid: 'molt://local/rooms/general',
      name: 'general',
      members: ['alpha', 'beta', 'far:x'],
      visibility: 'private',
      write_policy: 'members',
      created_at: body.created_at,
    } as never)
    expect((await makeRoom(server, { id: 'general' })).status).toBe(409)
    const [event] = await loggedEvents(server, 1)
    expect(event).toMatchObject({ type: 'room.created', room: body })
  })

  test('come back with what the caller may do', async () => {
    await using server = await startServer(START)
    await makeRoom(server, { id: 'general', visibility: 'public', write_policy: 'operators' })
    const { body } = await server.json<Room>('/v1/rooms/general')
    expect(body.access).toEqual({ can_read: true, can_write: true, reason: 'public-read/operators-write' })
    expect((await server.json<{ rooms: Room[] }>('/v1/rooms')).body.rooms).toEqual([body])
  })

  test('change members only when the set changes, whatever the notation', async () => {
    await using server = await startServer(START)
    await makeRoom(server, { id: 'general', members: ['alpha'] })
    expect((await members(server, 'general', { add: ['beta', 'gamma'] })).body.members).toEqual([
      'alpha',
      'beta',
      'gamma',
    ] as never)
    await members(server, 'general', { add: ['local:alpha'], remove: ['nobody'] })
    await members(server, 'general', {})
    const { body } = await members(server, 'general', {
      add: ['delta'],
      remove: ['molt://local/agents/beta', 'delta'],
    })
    expect(body.members).toEqual(['alpha', 'gamma'] as never)
    expect((await members(server, 'nowhere', { add: ['alpha'] })).status).toBe(404)
    expect((await members(server, 'general', { add: ['not an id'] })).status).toBe(422)
    const changes = (await loggedEvents(server, 3)).map(
      (event) => event.type === 'room.members.updated' && event.room.members,
    )
    expect(changes).toEqual([false, ['alpha', 'beta', 'gamma'], ['alpha', 'gamma']] as never)
  })

  test('that are removed keep their messages, are in no list and cannot be made again', async () => {
    await using server = await startServer(START)
    await makeRoom(server, { id: 'general', members: ['alpha'] })
    const answer = await server.json('/v1/rooms/general', { method: 'DELETE' })
    expect(answer).toEqual({
      status: 200,
      body: { removed: true, kind: 'room', id: 'general', mode: 'soft' },
    })
    for (const path of ['/v1/rooms/general', '/v1/rooms/general/messages', '/v1/rooms/general/threads']) {
      expect((await server.request(path)).status).toBe(404)
    }
    expect((await server.json('/v1/rooms')).body['rooms']).toEqual([])
    expect((await server.json('/v1/agents')).body['agents']).toEqual([])
    expect((await makeRoom(server, { id: 'general' })).status).toBe(409)
    expect((await server.request('/v1/rooms/general', { method: 'DELETE' })).status).toBe(404)
    expect((await loggedEvents(server, 2)).map((event) => event.type)).toEqual([
      'room.created',
      'room.removed',
    ])
  })

  test('cannot grow beyond what one event can carry, and stay as they were', async () => {
    await using server = await startServer(START)
    await makeRoom(server, { id: 'general' })
    const long = (batch: number) => Array.from({ length: 256 }, (_, n) => `${'m'.repeat(115)}-${batch}-${n}`)
    let status = 200
    let batch = 0
    while (status === 200) status = (await members(server, 'general', { add: long(batch++) })).status
    expect(status).toBe(413)
    expect((await server.json<Room>('/v1/rooms/general')).body.members).toHaveLength((batch - 1) * 256)
  }, 20_000)
})
