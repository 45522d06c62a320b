import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { ATTACH_VERSION, type ServerFrame } from '@moltnet/protocol'
import type { TestServer } from '../support/start-server.ts'
import { startServer } from '../support/start-server.ts'
import { attach, durable, TestSocket } from '../support/socket.ts'
import { say } from '../support/messages.ts'
import { eventually } from '../support/wait.ts'

const ROOMS = [{ id: 'general', members: ['alpha', 'beta', 'sender'] }]

const TOKENS = [
  { id: 'op', value: 'op-token', scopes: ['observe', 'admin', 'write'] },
  { id: 'nodes', value: 'node-token', scopes: ['attach', 'write'] },
  { id: 'other', value: 'other-token', scopes: ['attach'] },
  { id: 'one', value: 'one-token', scopes: ['attach'], agents: ['only'] },
  { id: 'watch', value: 'watch-token', scopes: ['observe'] },
]

let open: TestServer
let bearer: TestServer
let claims: TestServer

beforeAll(async () => {
  open = await startServer({ config: { rooms: ROOMS, server: { debug_events: true } } })
  bearer = await startServer({ config: { rooms: ROOMS, auth: { mode: 'bearer', tokens: TOKENS } } })
  claims = await startServer({ config: { rooms: ROOMS, auth: { mode: 'open' } } })
})

afterAll(async () => {
  await Promise.all([open.stop(), bearer.stop(), claims.stop()])
})

/** An upgrade request without a WebSocket client: what the server answers. */
function handshake(server: TestServer, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/v1/attach`, {
    headers: {
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version': '13',
      ...headers,
    },
  })
}

describe('frames', () => {
  test('HELLO comes at once and announces the heartbeat', async () => {
    await using socket = new TestSocket(open.url)
    expect(await socket.next('HELLO')).toEqual({
      op: 'HELLO',
      version: ATTACH_VERSION,
      heartbeat_interval_ms: 5_000,
    })
  })

  const BROKEN: Record<string, string | Uint8Array | object> = {
    'a binary frame': new Uint8Array([123, 125]),
    'bad JSON': '{"op":',
    'a wrong version': {
      op: 'IDENTIFY',
      version: 'moltnet.attach.v2',
      network_id: 'local',
      agent: { id: 'x' },
    },
    'an unknown op': { op: 'SHOUT' },
    'an op of the server': { op: 'READY', network_id: 'local', agent_id: 'x' },
    'an ACK before READY': { op: 'ACK', cursor: 'evt_1' },
  }
  for (const [name, frame] of Object.entries(BROKEN)) {
    test(`${name} is answered with ERROR and a close`, async () => {
      await using socket = new TestSocket(open.url)
      await socket.next('HELLO')
      socket.send(frame)
      expect(await socket.next('ERROR')).toMatchObject({ code: 'protocol_error', retryable: false })
      expect((await socket.closed).code).toBe(1008)
    })
  }

  const UNEXPECTED: Record<string, object> = {
    'a second IDENTIFY': { op: 'IDENTIFY', network_id: 'local', agent: { id: 'frames' } },
    'a NACK on a v1 socket': { op: 'NACK', cursor: 'evt_1', reason: 'busy' },
    'a STATUS on a v1 socket': { op: 'STATUS', cursor: 'evt_1', state: 'turn_started' },
  }
  for (const [name, frame] of Object.entries(UNEXPECTED)) {
    test(`${name} is answered with ERROR and a close`, async () => {
      await using socket = await attach(open.url, { agent: 'frames' })
      socket.send(frame)
      expect((await socket.next('ERROR')).code).toBe('protocol_error')
      await socket.closed
    })
  }

  test('a PING is answered with PONG at any time', async () => {
    await using socket = new TestSocket(open.url)
    socket.send({ op: 'PING' })
    await socket.next('PONG')
    socket.identify({ agent: 'pinger' })
    await socket.next('READY')
    socket.send({ op: 'PING' })
    await socket.next('PONG')
  })

  test('a frame that is too big closes with 1009, without an ERROR frame', async () => {
    await using socket = await attach(open.url, { agent: 'big' })
    socket.send('x'.repeat(1_048_577))
    expect((await socket.closed).code).toBe(1009)
    expect(socket.frames.some(({ op }) => op === 'ERROR')).toBe(false)
  })

  test('an ERROR of the client closes the socket', async () => {
    await using socket = await attach(open.url, { agent: 'failing' })
    socket.send({ op: 'ERROR', error: 'handler failed' })
    expect((await socket.closed).code).toBe(1000)
  })
})

describe('the handshake', () => {
  test('without a credential where one is needed is a real 401', async () => {
    expect((await handshake(bearer)).status).toBe(401)
  })

  test('with an unknown credential is 401, also where anonymous sockets are fine', async () => {
    const headers = { Authorization: 'Bearer nope' }
    expect((await handshake(bearer, headers)).status).toBe(401)
    expect((await handshake(claims, headers)).status).toBe(401)
  })

  test('without the attach scope is 403', async () => {
    expect((await handshake(bearer, { Authorization: 'Bearer watch-token' })).status).toBe(403)
  })

  test('from a foreign web page is 403, from our own origin or without one it is fine', async () => {
    expect((await handshake(open, { Origin: 'https://evil.example' })).status).toBe(403)
    expect(
      (await handshake(bearer, { Origin: 'https://evil.example', Authorization: 'Bearer node-token' }))
        .status,
    ).toBe(403)
    const { port } = new URL(open.url)
    for (const origin of [`http://localhost:${port}`, `https://127.0.0.1:${port}`]) {
      await using socket = new TestSocket(open.url, { headers: { Origin: origin } })
      await socket.next('HELLO')
    }
  })

  test('without Upgrade is a plain 400', async () => {
    expect((await open.request('/v1/attach')).status).toBe(400)
  })

  test('is refused with 429 while too many sockets of an address have not identified themselves', async () => {
    await using server = await startServer({
      config: {
        auth: { mode: 'bearer', tokens: TOKENS },
        server: { limits: { unidentified_sockets: 2 } },
      },
    })
    const first = new TestSocket(server.url, { token: 'node-token' })
    const second = new TestSocket(server.url, { token: 'node-token' })
    await first.next('HELLO')
    await second.next('HELLO')
    const headers = { Authorization: 'Bearer node-token' }
    expect((await handshake(server, headers)).status).toBe(429)
    first.identify({ agent: 'first' })
    await first.next('READY')
    const third = new TestSocket(server.url, { token: 'node-token' })
    await third.next('HELLO')
    expect((await handshake(server, headers)).status).toBe(429)
    await third.close()
    await using fourth = new TestSocket(server.url, { token: 'node-token' })
    await fourth.next('HELLO')
    await Promise.all([first.close(), second.close()])
  })
})

describe('rule 1: the credential is that of HTTP', () => {
  test('with open registration a socket may come without one and gets its token in READY', async () => {
    await using socket = await attach(claims.url, { agent: 'newcomer', name: 'New' })
    expect(socket.ready).toMatchObject({
      agent_id: 'newcomer',
      network_id: 'local',
      actor_uri: 'molt://local/agents/newcomer',
    })
    expect(socket.ready.actor_uid).toMatch(/^actor_/)
    expect(socket.ready.agent_token).toMatch(/^magt_v1_[A-Za-z0-9_-]{43}$/)
    await socket.close()
    const token = socket.ready.agent_token
    await using again = await attach(claims.url, { agent: 'newcomer', token })
    expect(again.ready.actor_uid).toBe(socket.ready.actor_uid as string)
    expect(again.ready.agent_token).toBeUndefined()
  })
})

describe('rule 2: IDENTIFY', () => {
  const refusals: Array<[name: string, frame: object, code: string]> = [
    ['another network', { network_id: 'elsewhere', agent: { id: 'a' } }, 'conflict'],
    ['no agent', { network_id: 'local' }, 'protocol_error'],
    ['a malformed agent.id', { network_id: 'local', agent: { id: 'not an id' } }, 'protocol_error'],
  ]
  for (const [name, frame, code] of refusals) {
    test(`${name} is refused`, async () => {
      await using socket = new TestSocket(open.url)
      socket.send({ op: 'IDENTIFY', ...frame })
      expect((await socket.next('ERROR')).code).toBe(code)
      await socket.closed
    })
  }

  test('an id outside the agents of the token is refused', async () => {
    await using socket = new TestSocket(bearer.url, { token: 'one-token' })
    socket.identify({ agent: 'somebody' })
    expect((await socket.next('ERROR')).code).toBe('forbidden')
    await using own = await attach(bearer.url, { agent: 'only', token: 'one-token' })
    expect(own.ready.agent_id).toBe('only')
  })

  test('an id that another credential owns is refused', async () => {
    const owner = await attach(bearer.url, { agent: 'owned', token: 'node-token' })
    await owner.close()
    await using socket = new TestSocket(bearer.url, { token: 'other-token' })
    socket.identify({ agent: 'owned' })
    expect((await socket.next('ERROR')).code).toBe('conflict')
  })

  test('an anonymous caller of a claimed id is told that it requires the agent token', async () => {
    const owner = await attach(claims.url, { agent: 'claimed' })
    await owner.close()
    await using socket = new TestSocket(claims.url)
    socket.identify({ agent: 'claimed' })
    expect((await socket.next('ERROR')).error).toContain('requires its agent token')
  })

  test('the same agent keeps its actor uid, and its registration is that of HTTP', async () => {
    const first = await attach(open.url, { agent: 'steady', name: 'Steady' })
    await first.close()
    await using second = await attach(open.url, { agent: 'steady' })
    expect(second.ready.actor_uid).toBe(first.ready.actor_uid as string)
    const { body } = await open.json('/v1/agents/steady')
    expect(body).toMatchObject({ actor_uid: first.ready.actor_uid, name: 'Steady', connected: true })
  })
})

describe('rule 3: several attachments of one agent', () => {
  test('are fine with the same authenticated credential, and both get every event', async () => {
    await using first = await attach(bearer.url, { agent: 'beta', token: 'node-token' })
    await using second = await attach(bearer.url, { agent: 'beta', token: 'node-token' })
    const { message_id } = await say(bearer, { token: 'op-token', human: true })
    for (const socket of [first, second]) {
      const { event } = await socket.event('message.created')
      expect(event.type === 'message.created' && event.message.id).toBe(message_id)
    }
  })

  test('are refused without credentials, with an ERROR that says that trying again can help', async () => {
    await using first = await attach(open.url, { agent: 'single' })
    await using second = new TestSocket(open.url)
    second.identify({ agent: 'single' })
    expect(await second.next('ERROR')).toMatchObject({ code: 'conflict', retryable: true })
    await second.closed
    await first.close()
    await using third = await attach(open.url, { agent: 'single' })
    expect(third.ready.agent_id).toBe('single')
  })

  test('a claim and its new token are the same credential', async () => {
    await using first = await attach(claims.url, { agent: 'twice' })
    await using second = await attach(claims.url, { agent: 'twice', token: first.ready.agent_token })
    expect(second.ready.actor_uid).toBe(first.ready.actor_uid as string)
  })

  test('a v1 socket beside a durable one needs a credential too', async () => {
    await using first = await attach(open.url, { agent: 'mixed', consumer: durable({}) })
    await using second = new TestSocket(open.url)
    second.identify({ agent: 'mixed' })
    expect((await second.next('ERROR')).code).toBe('conflict')
    expect(first.ready.consumer?.durable).toBe(true)
  })
})

describe('rule 4: presence', () => {
  test('READY, then agent.connected; on close agent.disconnected, each with its reason', async () => {
    await using watcher = await attach(open.url, { agent: 'alpha' })
    const beta = await attach(open.url, { agent: 'beta', name: 'Beta' })
    const ofBeta = (type: string) => (frame: ServerFrame) =>
      frame.op === 'EVENT' && frame.event.type === type && JSON.stringify(frame).includes('"beta"')
    const connected = await watcher.until(ofBeta('agent.connected'))
    expect(connected).toMatchObject({
      event: {
        agent: {
          agent_id: 'beta',
          name: 'Beta',
          fqid: 'molt://local/agents/beta',
          reason: 'attachment_ready',
        },
      },
    })
    await beta.close(1001)
    const disconnected = await watcher.until(ofBeta('agent.disconnected'))
    expect(disconnected).toMatchObject({
      event: { agent: { agent_id: 'beta', reason: 'client_going_away' } },
    })
    const { body } = await open.json('/v1/agents/beta')
    expect(body).toMatchObject({ connected: false })
  })

  test('reasons are left out unless debug_events is on', async () => {
    await using watcher = await attach(bearer.url, { agent: 'alpha', token: 'node-token' })
    const { event } = await watcher.event('agent.connected')
    expect(event.type === 'agent.connected' && event.agent).toEqual({
      agent_id: 'alpha',
      network_id: 'local' as never,
      fqid: 'molt://local/agents/alpha',
    })
  })
})

describe('rule 6: ACKs', () => {
  test('an ACK of an unknown cursor is answered with ERROR and a close', async () => {
    for (const cursor of ['evt_1', 'evt_00000000.1', 'evt_gap_0', '']) {
      await using socket = await attach(open.url, { agent: 'acker' })
      socket.ack({ cursor })
      expect((await socket.next('ERROR')).code).toBe('protocol_error')
      await socket.closed
    }
  })

  test('an ACK counts once, and only on the socket that got the event', async () => {
    await using first = await attach(bearer.url, { agent: 'alpha', token: 'node-token' })
    await using second = await attach(bearer.url, { agent: 'alpha', token: 'node-token' })
    await say(bearer, { token: 'op-token', human: true })
    const event = await first.event('message.created')
    first.ack(event)
    first.ack(event)
    expect((await first.next('ERROR')).code).toBe('protocol_error')
    second.ack(await second.event('message.created'))
    await second.allRead()
  })

  test('ACKs may come in any order', async () => {
    await using socket = await attach(open.url, { agent: 'alpha' })
    for (let n = 0; n < 5; n++) await say(open)
    const events = []
    for (let n = 0; n < 5; n++) events.push(await socket.event('message.created'))
    for (const n of [3, 0, 4, 2, 1]) socket.ack(events[n] as { cursor: string })
    await socket.allRead()
  })

  test('an ACKed mention publishes agent.wake.delivered', async () => {
    await using socket = await attach(open.url, { agent: 'alpha' })
    const { message_id } = await say(open, { text: 'hi @alpha' })
    socket.ack(await socket.event('message.created'))
    expect((await socket.event('agent.wake.delivered')).event).toMatchObject({
      agent: {
        agent_id: 'alpha',
        message_id,
        reason: 'mention',
        target: { kind: 'room', room_id: 'general' },
      },
    })
  })

  test('an ACKed direct message publishes agent.wake.delivered, any other message does not', async () => {
    await using socket = await attach(open.url, { agent: 'alpha' })
    await say(open)
    socket.ack(await socket.event('message.created'))
    const { message_id } = await say(open, { dm: { id: 'd-ack', with: ['alpha'] } })
    socket.ack(await socket.event('message.created'))
    const delivered = await socket.event('agent.wake.delivered')
    expect(delivered.event).toMatchObject({ agent: { message_id, reason: 'dm' } })
    expect(socket.events('agent.wake.delivered')).toHaveLength(1)
  })

  test('a socket that closes with targeted messages un-ACKed publishes agent.wake.failed for each', async () => {
    await using watcher = await attach(bearer.url, { agent: 'alpha', token: 'node-token' })
    const socket = await attach(bearer.url, { agent: 'alpha', token: 'node-token' })
    const first = await say(bearer, { token: 'op-token', human: true, text: '@alpha one' })
    const second = await say(bearer, { token: 'op-token', human: true, text: '@alpha two' })
    await say(bearer, { token: 'op-token', human: true, text: 'nobody' })
    for (let n = 0; n < 3; n++) await socket.event('message.created')
    await socket.close()
    const failed = [await watcher.event('agent.wake.failed'), await watcher.event('agent.wake.failed')]
    expect(failed.map(({ event }) => event.type === 'agent.wake.failed' && event.agent.message_id)).toEqual([
      first.message_id,
      second.message_id,
    ])
    expect(failed[0]?.event).toMatchObject({
      agent: { agent_id: 'alpha', reason: 'mention', error: expect.any(String) },
    })
  })
})

describe('rule 7: resuming', () => {
  test('a cursor resumes right after that event', async () => {
    const { event_id } = await say(open, { id: 'resume-1' })
    await say(open, { id: 'resume-2' })
    await using socket = await attach(open.url, { agent: 'alpha', cursor: event_id })
    await say(open, { id: 'resume-3' })
    await eventually(() => socket.messageIds().length >= 2, 'two messages')
    expect(socket.messageIds()).toEqual(['resume-2', 'resume-3'])
  })

  test('an unknown cursor gets one gap first, which is ACKed like any event', async () => {
    await say(open, { id: 'before-gap' })
    await using socket = await attach(open.url, { agent: 'alpha', cursor: 'evt_00000000.7' })
    const first = await socket.event()
    expect(first.event).toMatchObject({
      type: 'stream.replay_gap',
      replay_gap: { requested_event_id: 'evt_00000000.7' },
    })
    expect(first.cursor).toMatch(/^evt_gap_[0-9a-f]{64}$/)
    socket.ack(first)
    await eventually(() => socket.messageIds().includes('before-gap'), 'the newest events follow')
    expect(socket.events('stream.replay_gap')).toHaveLength(1)
    await say(open, { id: 'after-gap' })
    await eventually(() => socket.messageIds().includes('after-gap'), 'live events follow')
    socket.ack(first)
    expect((await socket.next('ERROR')).code).toBe('protocol_error')
  })

  test('without a cursor a socket starts with what comes after READY', async () => {
    await say(open, { id: 'too-early' })
    await using socket = await attach(open.url, { agent: 'alpha' })
    await say(open, { id: 'in-time' })
    await eventually(() => socket.messageIds().length > 0, 'a message')
    expect(socket.messageIds()).toEqual(['in-time'])
  })
})

describe('rule 8: removing the agent', () => {
  test('sends ERROR and closes, and no frame follows the answer to the DELETE', async () => {
    await using other = await attach(open.url, { agent: 'beta' })
    const socket = await attach(open.url, { agent: 'leaver' })
    await open.request('/v1/rooms/general/members', { method: 'PATCH', body: { add: ['leaver'] } })
    await socket.event('room.members.updated')
    const [removed] = await Promise.all([
      open.json('/v1/agents/leaver', { method: 'DELETE' }),
      say(open, { id: 'during-removal' }),
    ])
    expect(removed).toMatchObject({ status: 200, body: { removed: true, kind: 'agent', id: 'leaver' } })
    await say(open, { id: 'after-removal' })
    expect(await socket.next('ERROR')).toMatchObject({ code: 'agent_removed' })
    await socket.closed
    expect(socket.frames.at(-1)?.op).toBe('ERROR')
    expect(socket.messageIds()).not.toContain('after-removal')
    await eventually(() => other.messageIds().includes('after-removal'), 'others go on')
  })

  test('a reset token cuts the sockets that came with the old one', async () => {
    await using server = await startServer({
      config: { rooms: ROOMS, auth: { mode: 'open', tokens: TOKENS } },
    })
    const socket = await attach(server.url, { agent: 'renewed' })
    await server.request('/v1/agents/renewed/reset-token', { method: 'POST', body: {}, token: 'op-token' })
    await socket.next('ERROR')
    await socket.closed
    await using again = await attach(server.url, { agent: 'renewed' })
    expect(again.ready.actor_uid).toBe(socket.ready.actor_uid as string)
    expect(again.ready.agent_token).not.toBe(socket.ready.agent_token as string)
  })
})

describe('rule 5 and the limit on IDENTIFY', () => {
  test('a socket that does not identify itself, and one that falls silent, are closed after 10 s', async () => {
    const mute = new TestSocket(open.url, { silent: true })
    const silent = await attach(open.url, { agent: 'silent', silent: true })
    const lively = await attach(open.url, { agent: 'lively' })
    const started = performance.now()
    const ends = await Promise.all([mute.closed, silent.closed])
    const took = performance.now() - started
    expect(ends.map(({ code }) => code)).toEqual([1008, 1008])
    expect(took).toBeGreaterThan(9_000)
    expect(took).toBeLessThan(12_500)
    for (const socket of [mute, silent]) {
      expect(socket.frames.at(-1)).toMatchObject({ op: 'ERROR', code: 'timeout', retryable: true })
    }
    await lively.allRead()
    await lively.close()
  }, 20_000)
})

test('a server that stops closes every socket with 1012', async () => {
  const server = await startServer({ config: { rooms: ROOMS } })
  const sockets = [
    await attach(server.url, { agent: 'alpha' }),
    await attach(server.url, { agent: 'beta', consumer: durable({ general: 'all' }) }),
    new TestSocket(server.url),
  ]
  await sockets[2]?.next('HELLO')
  await server.stop()
  const codes = await Promise.all(sockets.map(async ({ closed }) => (await closed).code))
  expect(codes).toEqual([1012, 1012, 1012])
})
