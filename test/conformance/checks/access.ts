import { beyond, v1, type Check } from '../check.ts'
import { equal, holds } from '../expect.ts'
import { expectError, expectOk } from '../peers/http.ts'
import { BOUND_AGENT, type Credentials } from '../target.ts'
import type { World } from '../world.ts'

type Who = keyof Credentials

/** A route and the credentials that may use it (spec 02, "Routes"). */
interface RouteRule {
  method: string
  path: (world: World, room: string) => string
  body?: (world: World) => unknown
  may: readonly Who[]
  /** Readable without a credential when `public_read` is on (the room is public there). */
  isPublic?: true
}

const READERS: readonly Who[] = ['operator', 'observer', 'admin']
const ALL: readonly Who[] = ['operator', 'observer', 'writer', 'admin', 'attach', 'pair']

const ROUTES: readonly RouteRule[] = [
  { method: 'GET', path: () => '/metrics', may: ['operator', 'admin'] },
  {
    method: 'GET',
    path: () => '/v1/network',
    may: ['operator', 'observer', 'admin', 'pair', 'attach'],
    isPublic: true,
  },
  { method: 'GET', path: () => '/v1/rooms', may: [...READERS, 'pair'], isPublic: true },
  { method: 'GET', path: () => '/v1/agents', may: [...READERS, 'pair'], isPublic: true },
  { method: 'GET', path: (_, room) => `/v1/rooms/${room}`, may: READERS, isPublic: true },
  { method: 'GET', path: (_, room) => `/v1/rooms/${room}/messages`, may: READERS, isPublic: true },
  { method: 'GET', path: (_, room) => `/v1/rooms/${room}/threads`, may: READERS, isPublic: true },
  { method: 'GET', path: () => '/v1/dms', may: READERS },
  { method: 'GET', path: (_, room) => `/v1/artifacts?room_id=${room}`, may: READERS },
  { method: 'GET', path: () => '/v1/pairings', may: READERS },
  {
    method: 'POST',
    path: () => '/v1/rooms',
    body: (world) => ({ id: world.id('room') }),
    may: ['operator', 'admin'],
  },
  {
    method: 'PATCH',
    path: (_, room) => `/v1/rooms/${room}/members`,
    body: () => ({ add: ['x'] }),
    may: ['operator', 'admin'],
  },
  {
    method: 'POST',
    path: () => '/v1/apply',
    body: () => ({ agents: [], rooms: [] }),
    may: ['operator', 'admin'],
  },
]

/** Scopes of every route, the sender ladder, write policies, public reads. */
export const ACCESS_CHECKS: readonly Check[] = [
  ...ROUTES.map((rule) =>
    v1(
      `${rule.method} ${rule.path({} as World, '{id}')} answers only credentials with its scope`,
      async (world) => {
        const room = await world.room({ visibility: 'public' })
        const ask = (token: string | undefined) =>
          world.http(rule.method, rule.path(world, room), {
            token,
            ...(rule.body === undefined ? {} : { body: rule.body(world) }),
          })
        for (const who of ALL) {
          const answer = await ask(world.token(who))
          const may = rule.may.includes(who) || (rule.isPublic === true && world.target.publicRead)
          if (may) holds(answer.status < 300, `${who} may, but got ${answer.status}`)
          else expectError(answer, 403, who)
        }
        const nobody = await ask(undefined)
        if (rule.isPublic && world.target.publicRead) equal(nobody.status, 200, 'nobody on a public read')
        else expectError(nobody, 401, 'nobody')
        expectError(await ask('not-a-token'), 401, 'an unknown token')
      },
      {
        mode: ['bearer', 'open'],
        credentials: ['operator', 'observer', 'writer', 'admin', 'attach', 'pair'],
      },
    ),
  ),
  v1(
    'posting needs write or pair, and the sender must be allowed',
    async (world) => {
      const room = await world.room({ members: ['sender-a'], writePolicy: 'members' })
      const post = (who: Who, from: unknown) =>
        world.http('POST', '/v1/messages', {
          token: world.token(who),
          body: { target: { kind: 'room', room_id: room }, from, parts: [{ kind: 'text', text: 'x' }] },
        })
      expectError(await post('observer', { type: 'agent', id: 'sender-a' }), 403, 'observe')
      expectOk(await post('writer', { type: 'agent', id: 'sender-a' }), 202, 'write as a member')
      expectError(await post('writer', { type: 'agent', id: 'not-a-member' }), 403, 'write as a non-member')
      expectOk(
        await post('operator', { type: 'agent', id: 'not-a-member' }),
        202,
        'admin and write always may',
      )
      expectError(await post('pair', { type: 'agent', id: 'sender-a' }), 403, 'pair as a local agent')
    },
    { mode: 'bearer', credentials: ['observer', 'writer', 'pair'] },
  ),
  v1(
    'a registered agent speaks only with its own credential',
    async (world) => {
      const agent = world.id('agent')
      const room = await world.room({ members: [agent] })
      await world.attach(agent)
      const body = world.message({ kind: 'room', room_id: room }, { from: agent })
      expectError(
        await world.http('POST', '/v1/messages', { token: world.token('writer'), body }),
        409,
        'another credential',
      )
    },
    { mode: ['bearer', 'open'], credentials: ['attach', 'writer'] },
  ),
  v1(
    'agents of other networks come in only through pairing',
    async (world) => {
      const room = await world.room({ members: ['net-x:alpha'] })
      const body = (origin: string, from: string) => ({
        id: world.id('msg'),
        origin: { network_id: origin, message_id: world.id('remote') },
        target: { kind: 'room', room_id: room },
        from: { type: 'agent', id: 'alpha', network_id: from },
        parts: [{ kind: 'text', text: 'from afar' }],
      })
      const post = (who: Who, b: unknown) =>
        world.http('POST', '/v1/messages', { token: world.token(who), body: b })
      expectOk(await post('pair', body('net-x', 'net-x')), 202, 'pair')
      expectError(await post('pair', body('net-x', 'net-y')), 409, 'from another network than the origin')
      const denied = await post('writer', body('net-x', 'net-x'))
      holds(
        denied.status === 403 || denied.status === 409,
        `write without pair is 403 or 409, got ${denied.status}`,
      )
    },
    { mode: ['bearer', 'open'], credentials: ['pair', 'writer'] },
  ),
  v1(
    'a human needs a static token with write',
    async (world) => {
      const room = await world.room()
      const body = {
        target: { kind: 'room', room_id: room },
        from: { type: 'human', id: 'maya' },
        parts: [{ kind: 'text', text: 'x' }],
      }
      expectOk(await world.operator('POST', '/v1/messages', { body }), 202, 'operator')
      expectError(await world.http('POST', '/v1/messages', { body }), 401, 'nobody')
    },
    { mode: ['bearer', 'open'], humanIngress: true },
  ),
  v1(
    'write policy operators takes static tokens with write only',
    async (world) => {
      const agent = world.id('agent')
      const room = await world.room({ writePolicy: 'operators', members: [agent] })
      const body = world.message({ kind: 'room', room_id: room }, { from: 'unregistered' })
      expectOk(
        await world.http('POST', '/v1/messages', { token: world.token('writer'), body }),
        202,
        'static write',
      )
      if (world.target.registration !== 'open') return
      const { agent_token: token } = expectOk(
        await world.http('POST', '/v1/agents/register', { body: { requested_agent_id: agent } }),
        201,
        'claim',
      ) as { agent_token: string }
      const own = world.message({ kind: 'room', room_id: room }, { from: agent })
      expectError(await world.http('POST', '/v1/messages', { token, body: own }), 403, 'agent token')
    },
    { mode: 'bearer', credentials: ['writer'] },
  ),
  v1(
    'an agent token speaks for its agent alone',
    async (world) => {
      const agent = world.id('agent')
      const [members, registered] = [
        await world.room({ members: [agent] }),
        await world.room({ writePolicy: 'registered_agents' }),
      ]
      const { agent_token: token } = expectOk(
        await world.http('POST', '/v1/agents/register', { body: { requested_agent_id: agent } }),
        201,
        'claim',
      ) as { agent_token: string }
      const post = (room: string, from: unknown) =>
        world.http('POST', '/v1/messages', {
          token,
          body: { target: { kind: 'room', room_id: room }, from, parts: [{ kind: 'text', text: 'x' }] },
        })
      expectOk(await post(members, { type: 'agent', id: agent }), 202, 'own room')
      expectOk(await post(registered, { type: 'agent', id: agent }), 202, 'room for registered agents')
      expectError(await post(members, { type: 'agent', id: 'somebody-else' }), 409, 'another agent')
      expectError(await post(members, { type: 'human', id: 'maya' }), 403, 'a human')
      const other = await world.room({ members: ['somebody-else'] })
      expectError(await post(other, { type: 'agent', id: agent }), 403, 'a room of others')
    },
    { mode: ['open', 'bearer'], registration: 'open' },
  ),
  v1(
    'public reads show public rooms only, never DMs',
    async (world) => {
      const [open, closed] = [await world.room({ visibility: 'public' }), await world.room()]
      const ids = (
        expectOk(await world.http('GET', '/v1/rooms?limit=500'), 200, 'rooms')['rooms'] as { id: string }[]
      ).map((room) => room.id)
      holds(!ids.includes(closed), 'the private room is not listed')
      equal((await world.http('GET', `/v1/rooms/${open}`)).status, 200, 'public room')
      const hidden = await world.http('GET', `/v1/rooms/${closed}`)
      holds([401, 403].includes(hidden.status), `a private room is 401 or 403, got ${hidden.status}`)
      const dms = await world.http('GET', '/v1/dms')
      holds([401, 403].includes(dms.status), `DMs are 401 or 403, got ${dms.status}`)
    },
    { mode: ['bearer', 'open'], publicRead: true },
  ),
  beyond(
    'a credential bound to one agent reads what that agent may read',
    async (world) => {
      const token = world.token('boundAttach')
      const mine = await world.room({ members: [BOUND_AGENT] })
      const foreign = await world.room({ members: ['somebody-else'] })
      equal((await world.http('GET', `/v1/rooms/${mine}/messages`, { token })).status, 200, 'own room')
      expectError(await world.http('GET', `/v1/rooms/${foreign}/messages`, { token }), 403, 'foreign room')
      const rooms = (
        expectOk(await world.http('GET', '/v1/rooms?limit=500', { token }), 200, 'rooms')['rooms'] as {
          id: string
        }[]
      ).map((room) => room.id)
      holds(rooms.includes(mine) && !rooms.includes(foreign), 'the list is filtered')
      const body = world.message({ kind: 'room', room_id: mine }, { from: BOUND_AGENT })
      expectOk(await world.http('POST', '/v1/messages', { token, body }), 202, 'posting as that agent')
      expectError(
        await world.http('POST', '/v1/messages', { token: world.token('writer'), body }),
        403,
        'the id is reserved',
      )
    },
    { mode: ['bearer', 'open'], credentials: ['boundAttach', 'writer'] },
  ),
  beyond('routes answer 405 with Allow, unknown /v1 paths 404 in the envelope', async (world) => {
    const wrong = await world.operator('DELETE', '/v1/network')
    equal([wrong.status, wrong.json['code']], [405, 'method_not_allowed'], 'DELETE /v1/network')
    holds((wrong.headers.get('allow') ?? '').includes('GET'), 'Allow names GET')
  }),
  v1('an unknown /v1 path is 404 in the envelope', async (world) => {
    expectError(await world.operator('GET', '/v1/no/such/path'), 404, 'unknown path')
  }),
]
