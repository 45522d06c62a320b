import { describe, expect, test } from 'bun:test'
import type { AgentRegistration, AgentSummary, MessageAccepted, Room } from '@moltnet/protocol'
import { startServer, type TestServer } from '../support/start-server.ts'
import { TestSocket } from '../support/socket.ts'

const TOKENS = [
  { id: 'ops', value: 'secret-ops', scopes: ['observe', 'write', 'admin'] },
  { id: 'node', value: 'secret-node', scopes: ['attach'] },
  { id: 'beta', value: 'secret-beta', scopes: ['attach', 'write'], agents: ['beta'] },
]

const bearer = (change: object = {}) => ({ mode: 'bearer', tokens: TOKENS, ...change })

function register(server: TestServer, body: object, token?: string) {
  return server.json<AgentRegistration & { error?: string }>('/v1/agents/register', { body, token })
}

describe('registration', () => {
  test('without auth makes an actor once and shows it afterwards', async () => {
    await using server = await startServer({ storage: 'memory' })
    const first = await register(server, { requested_agent_id: 'alpha', name: ' Al\u202epha\n ' })
    expect(first.status).toBe(201)
    expect(first.body).toEqual({
      network_id: 'local',
      agent_id: 'alpha',
      actor_uid: first.body.actor_uid,
      actor_uri: 'molt://local/agents/alpha',
      display_name: 'Alpha',
      created_at: first.body.created_at,
      updated_at: first.body.created_at,
    } as never)
    expect(first.body.actor_uid).toMatch(/^actor_[0-9a-f-]{36}$/)
    const again = await register(server, { requested_agent_id: 'alpha', name: 'Other' })
    expect(again).toEqual({ status: 200, body: first.body })
  })

  test('makes a free id from the name', async () => {
    const rooms = [{ id: 'general', members: ['member'] }]
    await using server = await startServer({ storage: 'memory', config: { rooms } })
    const id = async (name?: string) => (await register(server, { name })).body.agent_id as string
    expect(await id('Grace  Hopper (Navy)!')).toBe('grace-hopper-navy')
    expect(await id('grace hopper navy')).toMatch(/^grace-hopper-navy-[0-9a-f]{7}$/)
    expect(await id('Ω')).toBe('agent')
    expect(await id()).toMatch(/^agent-[0-9a-f]{7}$/)
    expect(await id('Member')).toMatch(/^member-[0-9a-f]{7}$/)
    expect((await id('x'.repeat(500))).length).toBe(120)
  })

  test('in an open network hands out a token once, which owns the id', async () => {
    await using server = await startServer({
      storage: 'memory',
      config: { auth: { mode: 'open', tokens: TOKENS.slice(0, 1) } },
    })
    const { status, body } = await register(server, { requested_agent_id: 'alpha' })
    expect(status).toBe(201)
    expect(body.agent_token).toMatch(/^magt_v1_[A-Za-z0-9_-]{43}$/)
    expect((await register(server, { requested_agent_id: 'alpha' })).status).toBe(409)
    const shown = await register(server, { requested_agent_id: 'alpha' }, body.agent_token)
    expect(shown.status).toBeGreaterThanOrEqual(200)
    expect(JSON.stringify(shown.body)).not.toContain('agent_token')
    const admin = await register(server, { requested_agent_id: 'alpha' }, 'secret-ops')
    expect(admin).toMatchObject({ status: 200, body: { actor_uid: body.actor_uid } })
  })

  test('under another credential is a conflict', async () => {
    const auth = bearer({ agent_registration: 'token' })
    await using server = await startServer({ storage: 'memory', config: { auth } })
    expect((await register(server, { requested_agent_id: 'alpha' }, 'secret-node')).status).toBe(201)
    expect((await register(server, { requested_agent_id: 'beta' }, 'secret-node')).status).toBe(403)
    expect((await register(server, { requested_agent_id: 'alpha' }, 'secret-beta')).status).toBe(403)
    expect((await register(server, { requested_agent_id: 'alpha' }, 'secret-ops')).status).toBe(200)
    expect((await register(server, { requested_agent_id: 'alpha' })).status).toBe(401)
  })

  test('made without auth is taken over by the first credential, with its actor', async () => {
    const first = await startServer()
    const folder = first.databasePath.replace(/\/[^/]+$/, '')
    const before = (await register(first, { requested_agent_id: 'alpha' })).body
    await first.server.stop()
    await using server = await startServer({
      folder,
      config: { auth: bearer({ agent_registration: 'token' }) },
    })
    const after = await register(server, { requested_agent_id: 'alpha' }, 'secret-node')
    expect(after.body.actor_uid).toBe(before.actor_uid)
    const body = {
      target: { kind: 'room', room_id: 'x' },
      from: { type: 'agent', id: 'alpha' },
      parts: [{ kind: 'text', text: 'x' }],
    }
    expect((await server.json('/v1/messages', { body, token: 'secret-beta' })).status).toBe(403)
    await server.stop()
    await first.stop()
  })

  test('of agents that one token lists happens at start, under that token', async () => {
    await using server = await startServer({ storage: 'memory', config: { auth: bearer() } })
    const { body } = await server.json<AgentSummary>('/v1/agents/beta', { token: 'secret-ops' })
    expect(body.actor_uid).toMatch(/^actor_/)
  })
})

describe('agents', () => {
  test('are the union of members and registered ones, with rooms and presence', async () => {
    const rooms = [
      { id: 'general', members: ['alpha', 'far:x'] },
      { id: 'ops', members: ['local:alpha'] },
    ]
    await using server = await startServer({ storage: 'memory', config: { rooms } })
    await register(server, { requested_agent_id: 'zeta', name: 'Zeta' })
    const { body } = await server.json<{ agents: AgentSummary[] }>('/v1/agents')
    expect(body.agents).toEqual([
      {
        id: 'alpha',
        fqid: 'molt://local/agents/alpha',
        network_id: 'local',
        rooms: ['general', 'ops'],
        connected: false,
      },
      { id: 'far:x', fqid: 'molt://far/agents/x', network_id: 'far', rooms: ['general'], connected: false },
      {
        id: 'zeta',
        name: 'Zeta',
        actor_uid: body.agents[2]?.actor_uid,
        fqid: 'molt://local/agents/zeta',
        network_id: 'local',
        connected: false,
      },
    ] as never)
    for (const id of ['alpha', 'local:alpha', encodeURIComponent('molt://local/agents/alpha')]) {
      expect((await server.json(`/v1/agents/${id}`)).body).toEqual(body.agents[0] as never)
    }
    expect((await server.request('/v1/agents/nobody')).status).toBe(404)
  })

  test('that are removed leave their rooms, registration and direct conversations, and keep their messages', async () => {
    const rooms = [{ id: 'general', members: ['alpha', 'beta'] }]
    await using server = await startServer({
      storage: 'memory',
      config: { rooms, auth: { mode: 'open', tokens: TOKENS.slice(0, 1) } },
    })
    const alpha = (await register(server, { requested_agent_id: 'alpha' })).body
    const token = alpha.agent_token
    const from = { type: 'agent', id: 'alpha' }
    const parts = [{ kind: 'text', text: 'secret plan' }]
    await server.json('/v1/messages', {
      body: { target: { kind: 'room', room_id: 'general' }, from, parts },
      token,
    })
    const dm = { kind: 'dm', dm_id: 'd', participant_ids: ['alpha', 'beta'] }
    expect((await server.json('/v1/messages', { body: { target: dm, from, parts }, token })).status).toBe(202)
    expect((await server.json('/v1/dms/d', { token })).status).toBe(200)

    const ops = 'secret-ops'
    const removed = await server.json('/v1/agents/alpha', { method: 'DELETE', token: ops })
    expect(removed).toEqual({ status: 200, body: { removed: true, kind: 'agent', id: 'alpha' } })
    expect((await server.json<Room>('/v1/rooms/general', { token: ops })).body.members).toEqual([
      'beta',
    ] as never)
    expect((await server.request('/v1/agents/alpha', { token: ops })).status).toBe(404)
    expect((await server.request('/v1/rooms/general', { token })).status).toBe(401)
    const kept = await server.json<{ messages: unknown[] }>('/v1/rooms/general/messages', { token: ops })
    expect(kept.body.messages).toHaveLength(1)

    const next = (await register(server, { requested_agent_id: 'alpha' })).body
    expect(next.actor_uid).not.toBe(alpha.actor_uid)
    expect((await server.json('/v1/dms', { token: next.agent_token })).body).toMatchObject({ dms: [] })
    for (const path of ['/v1/dms/d', '/v1/dms/d/messages', '/v1/rooms/general/messages']) {
      expect((await server.request(path, { token: next.agent_token })).status).toBe(403)
    }
    const write = await server.json('/v1/messages', {
      body: { target: dm, from, parts },
      token: next.agent_token,
    })
    expect(write.status).toBe(403)
    expect((await server.request('/v1/agents/nobody', { method: 'DELETE', token: ops })).status).toBe(404)
  })

  test('that claim a removed id are not replayed what was for its earlier owner', async () => {
    const rooms = [{ id: 'general', members: ['alpha', 'beta'] }]
    const auth = { mode: 'open', tokens: TOKENS.slice(0, 1) }
    await using server = await startServer({ storage: 'memory', config: { rooms, auth } })
    const token = (await register(server, { requested_agent_id: 'alpha' })).body.agent_token
    const say = async (target: object) => {
      const body = { target, from: { type: 'agent', id: 'alpha' }, parts: [{ kind: 'text', text: 'x' }] }
      return (await server.json<MessageAccepted>('/v1/messages', { body, token })).body.event_id
    }
    const cursor = await say({ kind: 'room', room_id: 'general' })
    await say({ kind: 'dm', dm_id: 'd', participant_ids: ['alpha', 'beta'] })
    await server.request('/v1/agents/alpha', { method: 'DELETE', token: 'secret-ops' })
    const next = (await register(server, { requested_agent_id: 'alpha' })).body.agent_token
    await using socket = new TestSocket(server.url, { token: next, autoAck: true })
    socket.identify({ agent: 'alpha', cursor })
    expect((await socket.event()).event.type).toBe('agent.connected')
  })

  test('whose token is reset keep their identity for the next claim', async () => {
    await using server = await startServer({
      storage: 'memory',
      config: { auth: { mode: 'open', tokens: TOKENS.slice(0, 1) } },
    })
    const before = (await register(server, { requested_agent_id: 'alpha', name: 'Alpha' })).body
    const reset = await server.json('/v1/agents/alpha/reset-token', { method: 'POST', token: 'secret-ops' })
    expect(reset).toMatchObject({ status: 200, body: { agent_id: 'alpha', actor_uid: before.actor_uid } })
    expect((await server.request('/v1/rooms', { token: before.agent_token })).status).toBe(401)
    const after = (await register(server, { requested_agent_id: 'alpha' })).body
    expect(after).toMatchObject({ actor_uid: before.actor_uid, display_name: 'Alpha' })
    expect(after.agent_token).not.toBe(before.agent_token as string)
    expect((await server.request('/v1/rooms', { token: after.agent_token })).status).toBe(200)
    const unknown = await server.request('/v1/agents/nobody/reset-token', {
      method: 'POST',
      token: 'secret-ops',
    })
    expect(unknown.status).toBe(404)
  })
})
