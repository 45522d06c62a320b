import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startServer } from '../support/start-server.ts'
import type { TestServer } from '../support/start-server.ts'

const EXPIRED = { id: 'old', value: 'expired-token', scopes: ['admin'], expires_at: '2020-01-01T00:00:00Z' }

describe('in bearer mode with public_read', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      storage: 'memory',
      config: {
        rooms: [{ id: 'lobby', visibility: 'public' }, { id: 'den' }],
        auth: {
          mode: 'bearer',
          public_read: true,
          tokens: [
            { id: 'watch', value: 'observe-token', scopes: ['observe'] },
            { id: 'writer', value: 'write-token', scopes: ['write'] },
            EXPIRED,
          ],
        },
      },
    })
  })
  afterAll(() => server.stop())

  const statusOf = async (authorization: string, path = '/v1/network') =>
    (await server.request(path, { headers: { Authorization: authorization } })).status

  test('the scheme is read in any case', async () => {
    expect(await statusOf('Bearer observe-token', '/v1/rooms/den')).toBe(200)
    expect(await statusOf('bearer   observe-token', '/v1/rooms/den')).toBe(200)
  })

  const malformed = [
    '',
    'Bearer',
    'Bearer ',
    'Basic b3A6b3A=',
    'observe-token',
    'Bearer observe-token extra',
    'Bearer wrong',
    'Bearer expired-token',
    `Bearer magt_v1_${'A'.repeat(43)}`,
    `Bearer ${'x'.repeat(5_000)}`,
  ]
  for (const authorization of malformed)
    test(`"${authorization.slice(0, 40)}" is 401 even where nobody needs a credential`, async () => {
      const answer = await server.request('/v1/network', { headers: { Authorization: authorization } })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toStartWith('Bearer')
      expect(await answer.json()).toMatchObject({ code: 'unauthorized' })
    })

  test('a v1 token in the cookie is no credential', async () => {
    const cookie = `moltnet_session_${server.server.port}=observe-token`
    expect((await server.request('/v1/network', { headers: { Cookie: cookie } })).status).toBe(401)
  })

  test('a token in the query is no credential outside the console', async () => {
    expect((await server.request('/v1/rooms/den?access_token=observe-token')).status).toBe(403)
    expect((await server.request('/v1/dms?access_token=observe-token')).status).toBe(401)
  })

  test('a valid credential without the scope counts as nobody on what is public', async () => {
    const { body } = await server.json<{ rooms: { id: string }[] }>('/v1/rooms', { token: 'write-token' })
    expect(body.rooms.map((room) => room.id)).toEqual(['lobby'])
    expect((await server.request('/v1/rooms/den', { token: 'write-token' })).status).toBe(403)
    expect((await server.request('/v1/dms', { token: 'write-token' })).status).toBe(403)
  })

  test('probes look at no credential', async () => {
    expect(await statusOf('Bearer wrong', '/healthz')).toBe(200)
    expect(await statusOf('Bearer wrong', '/readyz')).toBe(200)
  })

  test('of two credentials the header counts', async () => {
    const headers = {
      Authorization: 'Bearer observe-token',
      Cookie: `moltnet_session_${server.server.port}=gone`,
    }
    expect((await server.request('/v1/rooms/den', { headers })).status).toBe(200)
  })
})

test('without auth no credential is looked at', async () => {
  await using server = await startServer({ storage: 'memory' })
  expect((await server.request('/v1/network', { token: 'anything' })).status).toBe(200)
  expect((await server.request('/v1/network', { headers: { Authorization: 'nonsense' } })).status).toBe(200)
})

describe('in open mode', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      storage: 'memory',
      config: {
        rooms: [
          { id: 'lobby', visibility: 'public', write_policy: 'registered_agents' },
          { id: 'den', members: ['alpha'] },
        ],
        auth: { mode: 'open', tokens: [{ id: 'op', value: 'admin-token', scopes: ['observe', 'admin'] }] },
      },
    })
  })
  afterAll(() => server.stop())

  const register = (body: object, token?: string) =>
    server.json<{ agent_id: string; agent_token?: string; actor_uid: string }>('/v1/agents/register', {
      body,
      token,
    })
  const say = (from: object, token?: string, room = 'lobby') =>
    server.json('/v1/messages', {
      token,
      body: { target: { kind: 'room', room_id: room }, from, parts: [{ kind: 'text', text: 'hi' }] },
    })

  test('an agent claims an id, gets its token once, and speaks with it', async () => {
    const first = await register({ requested_agent_id: 'beta', name: 'Beta' })
    expect(first.status).toBe(201)
    const token = first.body.agent_token as string
    expect(token).toMatch(/^magt_v1_[A-Za-z0-9_-]{43}$/)
    expect(JSON.stringify(first.body)).not.toContain('credential')

    const again = await register({ requested_agent_id: 'beta' }, token)
    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ agent_id: 'beta', actor_uid: first.body.actor_uid })
    expect(again.body.agent_token).toBeUndefined()

    expect((await say({ type: 'agent', id: 'beta' }, token)).status).toBe(202)
    expect((await say({ type: 'agent', id: 'beta' })).status).toBe(401)
    expect((await say({ type: 'agent', id: 'alpha' }, token)).status).toBe(409)
    expect((await say({ type: 'human', id: 'ann' }, token)).status).toBe(403)
    expect((await say({ type: 'agent', id: 'beta' }, token, 'den')).status).toBe(403)
    expect((await say({ type: 'agent', id: 'beta', network_id: 'elsewhere' }, token)).status).toBe(403)
  })

  test('an id that somebody has is 409 for a stranger, and an admin is shown who has it', async () => {
    await register({ requested_agent_id: 'gamma' })
    expect((await register({ requested_agent_id: 'gamma' })).status).toBe(409)
    const shown = await register({ requested_agent_id: 'gamma' }, 'admin-token')
    expect(shown.status).toBe(200)
    expect(shown.body.agent_token).toBeUndefined()
  })

  test('an id is made from the name, with a suffix when it is taken', async () => {
    const first = await register({ name: 'Jürgen  the 2nd!' })
    expect(first.body.agent_id).toBe('j-rgen-the-2nd')
    const second = await register({ name: 'Jürgen the 2nd' })
    expect(second.body.agent_id).toMatch(/^j-rgen-the-2nd-.+/)
    expect((await register({})).body.agent_id).toBe('agent')
  })

  test('the token of a removed agent is 401 at once', async () => {
    const { body } = await register({ requested_agent_id: 'delta' })
    const token = body.agent_token
    expect((await server.request('/v1/network', { token })).status).toBe(200)
    expect(
      (await server.request('/v1/agents/delta', { method: 'DELETE', token: 'admin-token' })).status,
    ).toBe(200)
    expect((await server.request('/v1/network', { token })).status).toBe(401)
    const next = await register({ requested_agent_id: 'delta' })
    expect(next.status).toBe(201)
    expect(next.body.actor_uid).not.toBe(body.actor_uid)
  })

  test('a token that was reset is 401, and the next claim keeps the identity', async () => {
    const { body } = await register({ requested_agent_id: 'epsilon' })
    const reset = await server.request('/v1/agents/epsilon/reset-token', {
      method: 'POST',
      token: 'admin-token',
    })
    expect(reset.status).toBe(200)
    expect((await server.request('/v1/network', { token: body.agent_token })).status).toBe(401)
    const next = await register({ requested_agent_id: 'epsilon' })
    expect(next.body.actor_uid).toBe(body.actor_uid)
    expect(next.body.agent_token).not.toBe(body.agent_token)
  })
})
