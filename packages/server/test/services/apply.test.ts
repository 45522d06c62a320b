import { describe, expect, test } from 'bun:test'
import type { Applied, Room } from '@moltnet/protocol'
import { startServer, type TestServer } from '../support/start-server.ts'

function apply(server: TestServer, body: object) {
  return server.json<Applied & { error?: string }>('/v1/apply', { body })
}

const room = async (server: TestServer, id: string) => (await server.json<Room>(`/v1/rooms/${id}`)).body

describe('apply', () => {
  test('creates and changes what is declared, revives removed rooms, and touches nothing else', async () => {
    await using server = await startServer({ storage: 'memory' })
    for (const id of ['kept', 'general', 'gone'])
      await server.json('/v1/rooms', { body: { id, members: ['old'] } })
    const body = {
      target: { kind: 'room', room_id: 'gone' },
      from: { type: 'agent', id: 'old' },
      parts: [{ kind: 'text', text: 'x' }],
    }
    await server.json('/v1/messages', { body })
    await server.request('/v1/rooms/gone', { method: 'DELETE' })
    const answer = await apply(server, {
      network_id: 'local',
      agents: [{ id: 'alpha', name: 'Alpha', credential_key: 'token:node' }],
      rooms: [
        {
          id: 'general',
          name: 'General',
          members: ['alpha'],
          visibility: 'public',
          write_policy: 'operators',
        },
        { id: 'gone', members: ['alpha'] },
        { id: 'new' },
      ],
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      applied: true,
      agents: [{ agent_id: 'alpha', display_name: 'Alpha' }],
    })
    expect(answer.body.rooms.map((declared) => declared.id)).toEqual(['general', 'gone', 'new'] as never)
    expect(JSON.stringify(answer.body)).not.toContain('token:node')
    expect(await room(server, 'general')).toMatchObject({
      name: 'General',
      members: ['alpha'],
      visibility: 'public',
    })
    expect((await room(server, 'kept')).members).toEqual(['old'] as never)
    const history = await server.json<{ messages: unknown[] }>('/v1/rooms/gone/messages')
    expect(history.body.messages).toHaveLength(1)
  })

  test('rebinds a credential key and keeps the actor', async () => {
    await using server = await startServer({ storage: 'memory' })
    const declare = (key: string) => apply(server, { agents: [{ id: 'alpha', credential_key: key }] })
    const before = (await declare('token:one')).body.agents[0]
    const after = (await declare('token:two')).body.agents[0]
    expect(after?.actor_uid).toBe(before?.actor_uid as string)
    expect((after?.updated_at as string) > (before?.updated_at as string)).toBe(true)
    expect((await declare('token:two')).body.agents[0]).toEqual(after as never)
  })

  test('is all or nothing', async () => {
    await using server = await startServer({ storage: 'memory' })
    const agent = { id: 'alpha', credential_key: 'token:one' }
    const bad = [
      { network_id: 'other', rooms: [{ id: 'new' }] },
      { rooms: [{ id: 'new' }, { id: 'not an id' }] },
      { rooms: [{ id: 'new' }], agents: [{ id: 'alpha' }] },
      { rooms: [{ id: 'new' }], agents: [agent, { ...agent, credential_key: 'token:two' }] },
    ]
    for (const body of bad) expect((await apply(server, body)).status).toBe(422)
    // The second room's event is too large, which is only known while the first one is written already.
    const huge = { id: 'huge', name: 'x'.repeat(1_048_300) }
    expect((await apply(server, { rooms: [{ id: 'new' }, huge] })).status).toBe(413)
    expect((await server.json('/v1/rooms')).body['rooms']).toEqual([])
    expect((await server.json('/v1/agents')).body['agents']).toEqual([])
  })
})

describe('the declared configuration', () => {
  test('is applied at start where it changed; members that came meanwhile stay otherwise', async () => {
    const rooms = [
      { id: 'general', members: ['alpha'] },
      { id: 'ops', members: ['alpha'] },
    ]
    const first = await startServer({ config: { rooms } })
    const folder = first.databasePath.replace(/\/[^/]+$/, '')
    for (const id of ['general', 'ops']) {
      await first.request(`/v1/rooms/${id}/members`, { method: 'PATCH', body: { add: ['guest'] } })
    }
    await first.server.stop()

    const changed = [rooms[0], { id: 'ops', members: ['alpha', 'beta'], visibility: 'public' }]
    const second = await startServer({ folder, config: { rooms: changed } })
    expect((await room(second, 'general')).members).toEqual(['alpha', 'guest'] as never)
    expect(await room(second, 'ops')).toMatchObject({ members: ['alpha', 'beta'], visibility: 'public' })
    await second.request('/v1/rooms/general', { method: 'DELETE' })
    await second.server.stop()

    const third = await startServer({ folder, config: { rooms: changed } })
    expect((await room(third, 'general')).members).toEqual(['alpha', 'guest'] as never)
    await third.server.stop()
    const fourth = await startServer({ folder, config: {} })
    expect((await room(fourth, 'ops')).members).toEqual(['alpha', 'beta'] as never)
    await fourth.server.stop()
    await first.stop()
  })
})
