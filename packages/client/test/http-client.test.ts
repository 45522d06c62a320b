import { describe, expect, test } from 'bun:test'
import { createHttpClient, HttpError, TransportError } from '../src/index.ts'
import { Peer } from './support/peer.ts'
import { RawServer } from './support/raw-server.ts'

interface Seen {
  method: string
  path: string
  headers: Headers
  body: string
}

/** A server that answers everything with `body` and remembers what it was asked. */
async function serving(peer: Peer, body: unknown, init: ResponseInit = {}): Promise<Seen[]> {
  const seen: Seen[] = []
  peer.answer = async (request) => {
    const { pathname, search } = new URL(request.url)
    const path = pathname + search
    seen.push({ method: request.method, path, headers: request.headers, body: await request.text() })
    return typeof body === 'string' ? new Response(body, init) : Response.json(body, init)
  }
  return seen
}

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  await promise.then(
    () => {
      throw new Error('it succeeded')
    },
    (error: unknown) => error,
  )

const page = { has_more: false }
const room = {
  id: 'general',
  network_id: 'net',
  fqid: 'molt://net/rooms/general',
  name: 'General',
  visibility: 'private',
  write_policy: 'members',
  created_at: '2026-04-01T09:00:00.000000000Z',
}
const removed = { removed: true, kind: 'room', id: 'general', mode: 'soft' }
const registration = {
  network_id: 'net',
  agent_id: 'alpha',
  actor_uid: 'actor_1',
  actor_uri: 'molt://net/agents/alpha',
  created_at: room.created_at,
  updated_at: room.created_at,
}
const accepted = {
  message_id: 'msg_1',
  event_id: 'evt_1',
  accepted: true,
  thread_created: false,
  dm_created: false,
}
const thread = { id: 't1', network_id: 'net', fqid: 'f', room_id: 'general', message_count: 0 }
const dm = { id: 'd1', network_id: 'net', fqid: 'f', participant_ids: ['a', 'b'], message_count: 0 }
const agent = { id: 'alpha', fqid: 'f', network_id: 'net', connected: true }
const wake = {
  id: 'wake_1',
  message_id: 'm1',
  agent_id: 'alpha',
  target: { kind: 'room', room_id: 'general' },
  durable: true,
  cause: 'mention',
  state: 'held',
  reason: 'approval',
  attempts: 0,
  sends: 0,
  created_at: room.created_at,
  steps: [{ step: 'stored', at: room.created_at }],
}
const message = {
  target: { kind: 'room' as const, room_id: 'general' },
  from: { type: 'human' as const, id: 'me' },
  parts: [{ kind: 'text' as const, text: 'hi' }],
}

type Client = ReturnType<typeof createHttpClient>

describe('every method asks the right route', () => {
  const q = { limit: 5, after: 'msg 1' }
  const query = '?limit=5&after=msg+1'
  const cases: [route: string, answer: unknown, call: (client: Client) => Promise<unknown>][] = [
    ['GET /healthz', { status: 'ok' }, (c) => c.health()],
    ['GET /readyz', { status: 'ready' }, (c) => c.ready()],
    ['GET /v1/network', { id: 'net' }, (c) => c.network()],
    [`GET /v1/rooms${query}`, { rooms: [room], page }, (c) => c.listRooms(q)],
    ['GET /v1/rooms/general', room, (c) => c.getRoom('general')],
    ['POST /v1/rooms', room, (c) => c.createRoom({ id: 'general' })],
    ['DELETE /v1/rooms/general', removed, (c) => c.removeRoom('general')],
    ['PATCH /v1/rooms/general/members', room, (c) => c.updateRoomMembers('general', { add: ['a'] })],
    [`GET /v1/rooms/r/messages${query}`, { messages: [], page }, (c) => c.listRoomMessages('r', q)],
    [`GET /v1/rooms/r/threads${query}`, { threads: [thread], page }, (c) => c.listRoomThreads('r', q)],
    ['GET /v1/threads/t1', thread, (c) => c.getThread('t1')],
    [`GET /v1/threads/t1/messages${query}`, { messages: [], page }, (c) => c.listThreadMessages('t1', q)],
    [`GET /v1/dms${query}`, { dms: [dm], page }, (c) => c.listDms(q)],
    ['GET /v1/dms/d1', dm, (c) => c.getDm('d1')],
    [`GET /v1/dms/d1/messages${query}`, { messages: [], page }, (c) => c.listDmMessages('d1', q)],
    [
      'GET /v1/artifacts?room_id=r&limit=5&after=msg+1',
      { artifacts: [], page },
      (c) => c.listArtifacts({ room_id: 'r' }, q),
    ],
    [`GET /v1/agents${query}`, { agents: [agent], page }, (c) => c.listAgents(q)],
    ['GET /v1/agents/alpha', agent, (c) => c.getAgent('alpha')],
    ['DELETE /v1/agents/alpha', { ...removed, kind: 'agent' }, (c) => c.removeAgent('alpha')],
    ['POST /v1/agents/register', registration, (c) => c.registerAgent({ name: 'Alpha' })],
    ['POST /v1/agents/alpha/reset-token', registration, (c) => c.resetAgentToken('alpha')],
    ['POST /v1/messages', accepted, (c) => c.sendMessage(message)],
    [
      'POST /v1/messages/preview',
      { mentions: [], unresolved: ['bob'], wakes: [] },
      (c) => c.previewMessage(message),
    ],
    [
      `GET /v1/messages/m1/deliveries${query}`,
      { deliveries: [wake], page },
      (c) => c.listDeliveries('m1', q),
    ],
    [`GET /v1/agents/alpha/wakes${query}`, { wakes: [wake], page }, (c) => c.listAgentWakes('alpha', q)],
    ['GET /v1/wakes?state=held', { wakes: [wake], page }, (c) => c.listWakes({ state: 'held' })],
    ['POST /v1/wakes/wake_1/approve', wake, (c) => c.operateWake('wake_1', 'approve')],
    [`GET /v1/pairings${query}`, { pairings: [], page }, (c) => c.listPairings(q)],
  ]
  test.each(cases)('%s', async (route, answer, call) => {
    await using peer = new Peer()
    const seen = await serving(peer, answer)
    expect(await call(createHttpClient({ baseUrl: peer.url }))).toEqual(answer)
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([route])
  })
})

describe('a request', () => {
  test('carries token, own headers and a JSON body', async () => {
    await using peer = new Peer()
    const seen = await serving(peer, accepted)
    const client = createHttpClient({ baseUrl: peer.url, token: 'tok', headers: { 'x-request-id': 'r-1' } })
    await client.sendMessage(message)
    const [request] = seen
    expect(request?.headers.get('authorization')).toBe('Bearer tok')
    expect(request?.headers.get('content-type')).toBe('application/json')
    expect(request?.headers.get('x-request-id')).toBe('r-1')
    expect(JSON.parse(request?.body ?? '')).toEqual(message)
  })

  test('asks the token source every time', async () => {
    await using peer = new Peer()
    const seen = await serving(peer, { status: 'ok' })
    const tokens = ['one', undefined]
    const client = createHttpClient({ baseUrl: peer.url, token: () => tokens.shift() })
    await client.health()
    await client.health()
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer one', null])
  })

  test('does not show a token that no header can carry', async () => {
    const client = createHttpClient({ baseUrl: 'http://127.0.0.1:1', token: 'secret\n' })
    const error = await failure(client.health())
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).not.toContain('secret')
  })

  test('whose token source fails throws its error', async () => {
    const token = () => {
      throw new Error('token file is gone')
    }
    const client = createHttpClient({ baseUrl: 'http://127.0.0.1:1', token })
    expect(await failure(client.health())).toMatchObject({ name: 'Error', message: 'token file is gone' })
  })

  test('encodes ids, so that none can reach another route', async () => {
    await using peer = new Peer()
    const seen = await serving(peer, room)
    const client = createHttpClient({ baseUrl: peer.url })
    await client.getRoom('a/../../b?x=1#y')
    expect(seen[0]?.path).toBe('/v1/rooms/a%2F..%2F..%2Fb%3Fx%3D1%23y')
    for (const id of ['', '.', '..']) expect(await failure(client.getRoom(id))).toBeInstanceOf(TypeError)
    expect(seen).toHaveLength(1)
  })

  test('goes to loopback directly even when a proxy is set', async () => {
    await using peer = new Peer()
    await using proxy = new Peer()
    await serving(peer, { status: 'ok' })
    await serving(proxy, { status: 'proxied' })
    const names = ['http_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'no_proxy', 'NO_PROXY']
    const before = names.map((name) => process.env[name])
    for (const name of names) process.env[name] = name.toLowerCase() === 'no_proxy' ? '' : proxy.url
    try {
      expect(await (await fetch(`${peer.url}/healthz`)).json()).toEqual({ status: 'proxied' })
      const client = createHttpClient({ baseUrl: peer.url, token: 'tok' })
      expect(await client.health()).toEqual({ status: 'ok' })
    } finally {
      for (const [i, name] of names.entries()) {
        const value = before[i]
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    }
  })

  test('is given up after its time limit, body included', async () => {
    using server = new RawServer()
    const client = createHttpClient({ baseUrl: server.url, timeoutMs: 30 })
    const error = await failure(client.health())
    expect(error).toBeInstanceOf(TransportError)
    expect((error as Error).message).toContain('within 30 ms')
    const slow = failure(client.health())
    await server.accept()
    ;(await server.accept()).beginStream()
    expect(await slow).toBeInstanceOf(TransportError)
  })

  test('throws the reason of its signal', async () => {
    using server = new RawServer()
    const client = createHttpClient({ baseUrl: server.url })
    const controller = new AbortController()
    const error = failure(client.health({ signal: controller.signal }))
    await server.accept()
    controller.abort(new Error('enough'))
    expect(await error).toMatchObject({ message: 'enough' })
    const gone = AbortSignal.abort(new Error('gone'))
    expect(await failure(client.health({ signal: gone }))).toMatchObject({ message: 'gone' })
  })

  test('to a server that is not there or cuts the connection is a TransportError', async () => {
    const refused = await failure(createHttpClient({ baseUrl: 'http://127.0.0.1:1' }).health())
    expect(refused).toMatchObject({ name: 'TransportError', retryable: true })
    using server = new RawServer()
    const cut = failure(createHttpClient({ baseUrl: server.url }).health())
    ;(await server.accept()).reset()
    expect(await cut).toBeInstanceOf(TransportError)
  })

  test('whose answer is cut in the middle is a TransportError', async () => {
    using server = new RawServer()
    const cut = failure(createHttpClient({ baseUrl: server.url }).health())
    const exchange = await server.accept()
    exchange.beginStream()
    exchange.write('{"status":')
    exchange.reset()
    expect(await cut).toBeInstanceOf(TransportError)
  })
})

describe('an answer that is no success', () => {
  const call = async (body: unknown, init: ResponseInit): Promise<HttpError> => {
    await using peer = new Peer()
    await serving(peer, body, init)
    const error = await failure(createHttpClient({ baseUrl: peer.url }).network())
    expect(error).toBeInstanceOf(HttpError)
    return error as HttpError
  }

  test('in the envelope gives code, text and request id', async () => {
    const error = await call(
      { error: 'no such room', code: 'not_found', request_id: 'req_1' },
      { status: 404 },
    )
    expect(error).toMatchObject({
      name: 'HttpError',
      message: 'no such room',
      status: 404,
      code: 'not_found',
      requestId: 'req_1',
      retryable: false,
    })
  })

  test('of another program gives the code of its status and the beginning of its text', async () => {
    const headers = { 'content-type': 'text/html', 'x-request-id': 'req_2' }
    const error = await call(`<html>\n  ${'x'.repeat(5_000)}`, { status: 502, headers })
    expect(error).toMatchObject({ code: 'bad_gateway', retryable: true, requestId: 'req_2' })
    expect(error.message.length).toBeLessThan(300)
    expect(await call('', { status: 418 })).toMatchObject({ code: 'bad_request', retryable: false })
    expect(await call('', { status: 599 })).toMatchObject({ code: 'internal_error', retryable: true })
    expect(await call('', { status: 408 })).toMatchObject({ code: 'timeout', retryable: true })
    expect(await call('', { status: 409 })).toMatchObject({ code: 'conflict', retryable: false })
    expect(await call('null', { status: 401 })).toMatchObject({ code: 'unauthorized' })
    expect(await call({ code: 'forbidden' }, { status: 403 })).toMatchObject({ code: 'forbidden' })
  })

  test('with a code of a later version goes by its status', async () => {
    const error = await call({ error: 'slow down', code: 'quota_used' }, { status: 429 })
    expect(error).toMatchObject({ code: 'quota_used', retryable: true })
    expect(await call({ error: 'x', code: 'toString' }, { status: 404 })).toMatchObject({ retryable: false })
  })

  test('tells how long to wait', async () => {
    const at = (value: string) => call('', { status: 429, headers: { 'retry-after': value } })
    expect((await at('2')).retryAfterMs).toBe(2_000)
    const date = new Date(Date.now() + 60_000).toUTCString()
    expect((await at(date)).retryAfterMs).toBeWithin(50_000, 60_001)
    expect((await at('Thu, 01 Jan 1970 00:00:00 GMT')).retryAfterMs).toBe(0)
    expect((await at('soon')).retryAfterMs).toBeUndefined()
  })

  test('because it redirects is not followed', async () => {
    await using other = new Peer()
    const seen = await serving(other, { id: 'net' })
    for (const status of [301, 302, 303, 307, 308]) {
      const error = await call('', { status, headers: { location: `${other.url}/v1/network?secret=1` } })
      expect(error).toMatchObject({ status, code: 'redirected', retryable: false })
      expect(error.message).not.toContain('secret')
    }
    expect(seen).toEqual([])
  })
})

describe('an answer that is a success', () => {
  const network = async (body: unknown) => {
    await using peer = new Peer()
    await serving(peer, body)
    return await createHttpClient({ baseUrl: peer.url }).network()
  }

  test('may have keys that this version does not know, and lack what older servers lack', async () => {
    expect(await network({ id: 'net', colour: 'blue', capabilities: { telepathy: true } })).toMatchObject({
      id: 'net' as never,
    })
  })

  test('may have null for an empty list, as v1 servers send it', async () => {
    await using peer = new Peer()
    await serving(peer, { rooms: null, page })
    expect(await createHttpClient({ baseUrl: peer.url }).listRooms()).toEqual({ rooms: [], page })
  })

  test.each(['<html>', '{"id":42}', ''])('but not the promised one is an error: %s', async (body) => {
    expect(await failure(network(body))).toMatchObject({
      name: 'HttpError',
      status: 200,
      code: 'invalid_response',
      retryable: false,
    })
  })

  test('is read up to a limit', async () => {
    const error = await failure(network(`{"id":"${'x'.repeat(17_000_000)}"}`))
    expect(error).toMatchObject({ code: 'invalid_response' })
    expect((error as Error).message).toContain('16777216 bytes')
  })
})

describe('the base URL', () => {
  test.each([
    ['http://host:8080/', 'http://host:8080'],
    ['HTTPS://Host.Example:443//', 'https://host.example'],
    ['http://host/molt/?x=1#y', 'http://host/molt'],
    ['http://[::1]:80', 'http://[::1]'],
  ])('%s becomes %s', (given, normal) => {
    expect(createHttpClient({ baseUrl: given }).baseUrl).toBe(normal)
  })

  test.each(['', 'host:8080', 'ftp://host', 'http://user:secret@host'])('%j is refused', (given) => {
    expect(() => createHttpClient({ baseUrl: given })).toThrow(TypeError)
  })

  test('that is refused for its password does not show it', () => {
    expect(() => createHttpClient({ baseUrl: 'http://user:secret@host' })).not.toThrow('secret')
  })
})
