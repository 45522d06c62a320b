import { describe, expect, test } from 'bun:test'
import { type EventId, LIMITS, type Message, type MessageAccepted, twoPartyDmId } from '@moltnet/protocol'
import fc from 'fast-check'
import { Envelope } from '../../src/eventlog/envelope.ts'
import type { LogEntry } from '../../src/store/port.ts'
import { loggedEvents } from '../support/logged-events.ts'
import { TestSocket } from '../support/socket.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const ROOMS = [
  { id: 'general', members: ['alpha', 'beta'] },
  { id: 'other', members: ['gamma'] },
]

const START = { storage: 'memory', config: { rooms: ROOMS } } as const

interface Body {
  [key: string]: unknown
}

function toGeneral(change: Body = {}): Body {
  return {
    target: { kind: 'room', room_id: 'general' },
    from: { type: 'agent', id: 'alpha' },
    parts: [{ kind: 'text', text: 'hello' }],
    ...change,
  }
}

function post(server: TestServer, body: Body, token?: string) {
  return server.json<MessageAccepted & { error: string; code: string }>('/v1/messages', { body, token })
}

async function history(server: TestServer, place = 'rooms/general', token?: string): Promise<Message[]> {
  const { body } = await server.json<{ messages: Message[] }>(`/v1/${place}/messages?limit=500`, { token })
  return body.messages
}

describe('posting', () => {
  test('stores what the server settles, with a 202 that names message and event', async () => {
    await using server = await startServer(START)
    const from = { type: 'agent', id: 'local:alpha', name: 'Al\npha', fqid: 'molt://local/agents/alpha' }
    const { status, body } = await post(server, toGeneral({ from, origin: { message_id: 'forged' } }))
    expect(status).toBe(202)
    expect(body.message_id as string).toMatch(
      /^msg_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(body).toMatchObject({ accepted: true, thread_created: false, dm_created: false })
    const [message] = await history(server)
    expect(message).toEqual({
      id: body.message_id,
      network_id: 'local',
      origin: { network_id: 'local', message_id: body.message_id },
      target: { kind: 'room', room_id: 'general' },
      from: {
        type: 'agent',
        id: 'alpha',
        name: 'Al pha',
        network_id: 'local',
        fqid: 'molt://local/agents/alpha',
      },
      parts: [{ kind: 'text', text: 'hello' }],
      created_at: message?.created_at as string,
    } as never)
  })

  test('answers 404 for an unknown room and for a removed one', async () => {
    await using server = await startServer(START)
    expect((await post(server, toGeneral({ target: { kind: 'room', room_id: 'nowhere' } }))).status).toBe(404)
    await server.request('/v1/rooms/general', { method: 'DELETE' })
    expect((await post(server, toGeneral())).status).toBe(404)
  })

  test('mentions become FQIDs of members, unique, in first-seen order; the rest is dropped', async () => {
    await using server = await startServer(START)
    const parts = [{ kind: 'text', text: '@alpha, @nobody and @local:beta. mail bob@beta.com @all' }]
    await post(server, toGeneral({ parts, mentions: ['beta', 'gamma'] }))
    expect((await history(server))[0]?.mentions).toEqual([
      'molt://local/agents/beta',
      'molt://local/agents/alpha',
    ])
    await server.request('/v1/rooms/general/members', { method: 'PATCH', body: { add: ['gamma'] } })
    await post(server, toGeneral({ mentions: ['gamma'] }))
    expect((await history(server))[1]?.mentions).toEqual(['molt://local/agents/gamma'])
  })

  test('a message whose event would not fit a frame is refused before it is stored, at the exact byte', async () => {
    await using server = await startServer(START)
    const ids: { [length: number]: string } = {}
    let fits = LIMITS.frameBytes - 4_096
    let over: number = LIMITS.frameBytes
    while (fits + 1 < over) {
      const length = Math.floor((fits + over) / 2)
      const parts = [{ kind: 'text', text: 'x'.repeat(length) }]
      const { status, body } = await post(server, toGeneral({ id: `probe-${length}`, parts }))
      if (status === 202) {
        ids[length] = body.event_id
        fits = length
      } else {
        expect(status).toBe(413)
        over = length
      }
    }
    const stored = await history(server)
    expect(stored.some((message) => message.id === (`probe-${over}` as never))).toBe(false)
    const message = stored.find((candidate) => candidate.id === (`probe-${fits}` as never))
    const id = ids[fits] as EventId
    const event = {
      id,
      type: 'message.created',
      network_id: 'local',
      message,
      created_at: message?.created_at,
    }
    const envelope = new Envelope({ id, json: JSON.stringify(event) } as LogEntry, 'local')
    const bytes = Buffer.byteLength(envelope.wakeFrame(2 ** 31 - 1, false))
    expect(bytes).toBeLessThanOrEqual(LIMITS.frameBytes)
    // The rest is for a longer position in the cursor.
    expect(bytes).toBeGreaterThan(LIMITS.frameBytes - 20)
  })
})

describe('the same id again', () => {
  test('equal content gets the first answer and stores nothing', async () => {
    await using server = await startServer(START)
    const body = toGeneral({ id: 'once', target: { kind: 'thread', room_id: 'general', thread_id: 't' } })
    const first = await post(server, body)
    expect(first.body).toMatchObject({ thread_created: true })
    const again = await post(server, { ...body, mentions: ['beta'] })
    expect(again.status).toBe(202)
    expect(again.body).toEqual({ ...first.body, thread_created: false })
    expect(await history(server, 'threads/t')).toHaveLength(1)
  })

  test('works after the room is gone, and side by side in one commit', async () => {
    await using server = await startServer(START)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(server, toGeneral({ id: 'once' }))),
    )
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.event_id}`)).size).toBe(1)
    expect(await history(server)).toHaveLength(1)
    await server.request('/v1/rooms/general', { method: 'DELETE' })
    expect((await post(server, toGeneral({ id: 'once' }))).body).toEqual(answers[0]?.body as never)
  })

  test('another target, sender or part is a conflict, whichever way it differs', async () => {
    await using server = await startServer(START)
    const dm = { kind: 'dm', dm_id: 'd', participant_ids: ['alpha', 'beta'] }
    await post(server, toGeneral({ id: 'once' }))
    await post(server, toGeneral({ id: 'direct', target: dm }))
    const other = [
      toGeneral({ id: 'once', target: { kind: 'room', room_id: 'other' } }),
      toGeneral({ id: 'once', target: { kind: 'thread', room_id: 'general', thread_id: 'general' } }),
      toGeneral({ id: 'once', from: { type: 'agent', id: 'beta' } }),
      toGeneral({ id: 'once', from: { type: 'human', id: 'alpha' } }),
      toGeneral({ id: 'once', parts: [{ kind: 'text', text: 'hello!' }] }),
      toGeneral({
        id: 'once',
        parts: [
          { kind: 'text', text: 'hello' },
          { kind: 'text', text: '' },
        ],
      }),
      toGeneral({ id: 'direct', target: { ...dm, participant_ids: ['alpha', 'gamma'] } }),
    ]
    for (const body of other) expect((await post(server, body)).status).toBe(409)
    const scoped = { ...dm, participant_ids: ['molt://local/agents/beta', 'alpha'] }
    expect((await post(server, toGeneral({ id: 'direct', target: scoped }))).status).toBe(202)
    expect((await post(server, toGeneral({ id: 'direct', target: { kind: 'dm', dm_id: 'd' } }))).status).toBe(
      202,
    )
  })

  test('another credential is a conflict', async () => {
    const tokens = ['one', 'two'].map((id) => ({ id, value: `secret-${id}`, scopes: ['write', 'observe'] }))
    await using server = await startServer({
      ...START,
      config: { rooms: ROOMS, auth: { mode: 'bearer', tokens } },
    })
    expect((await post(server, toGeneral({ id: 'once' }), 'secret-one')).status).toBe(202)
    expect((await post(server, toGeneral({ id: 'once' }), 'secret-two')).status).toBe(409)
    expect((await post(server, toGeneral({ id: 'once' }), 'secret-one')).status).toBe(202)
  })

  test('whatever is retried in whatever order, each id is stored once with one answer', async () => {
    await using server = await startServer(START)
    const sends = fc.array(
      fc.record({ id: fc.integer({ min: 0, max: 5 }), text: fc.constantFrom('a', 'b') }),
      { minLength: 1, maxLength: 24 },
    )
    let run = 0
    await fc.assert(
      fc.asyncProperty(sends, async (wanted) => {
        const prefix = `run${run++}`
        const answers = await Promise.all(
          wanted.map(({ id, text }) =>
            post(server, toGeneral({ id: `${prefix}-${id}`, parts: [{ kind: 'text', text }] })),
          ),
        )
        const stored = new Map(
          (await history(server)).map((message) => [message.id as string, message.parts[0]?.text]),
        )
        for (const [n, { id, text }] of wanted.entries()) {
          const same = stored.get(`${prefix}-${id}`) === text
          expect(answers[n]?.status).toBe(same ? 202 : 409)
        }
        const events = new Set(
          answers.filter((answer) => answer.status === 202).map((answer) => answer.body.event_id),
        )
        expect(events.size).toBe(new Set(wanted.map(({ id }) => id)).size)
      }),
      { numRuns: 15 },
    )
  })
})

describe('threads', () => {
  const inThread = (change: Body) =>
    toGeneral({ target: { kind: 'thread', room_id: 'general', thread_id: 't', ...change } })

  test('belong to the room of their first message', async () => {
    await using server = await startServer(START)
    expect((await post(server, inThread({ parent_message_id: 'm1' }))).body.thread_created).toBe(true)
    expect((await post(server, inThread({}))).body.thread_created).toBe(false)
    expect((await post(server, inThread({ room_id: 'other' }))).status).toBe(422)
    expect((await post(server, inThread({ room_id: 'nowhere' }))).status).toBe(404)
    const { body } = await server.json('/v1/threads/t')
    expect(body).toMatchObject({ id: 't', room_id: 'general', parent_message_id: 'm1', message_count: 2 })
    expect(body['last_message_at']).toBe((await history(server, 'threads/t'))[1]?.created_at)
  })

  test('of a known id need no room, new ones do', async () => {
    await using server = await startServer(START)
    const target = { kind: 'thread', thread_id: 't' }
    expect((await post(server, toGeneral({ target }))).status).toBe(422)
    await post(server, inThread({}))
    expect((await post(server, toGeneral({ target }))).status).toBe(202)
    expect((await history(server, 'threads/t'))[1]?.target).toEqual({
      kind: 'thread',
      room_id: 'general',
      thread_id: 't',
    } as never)
  })

  test('give no way around the write policy of their room', async () => {
    const tokens = [
      { id: 'agents', value: 'secret-agents', scopes: ['attach'], agents: ['alpha', 'gamma'] },
      { id: 'ops', value: 'secret-ops', scopes: ['observe', 'admin'] },
    ]
    await using server = await startServer({
      ...START,
      config: { rooms: ROOMS, auth: { mode: 'bearer', tokens } },
    })
    const alphaIn = (room: string) => post(server, inThread({ room_id: room }), 'secret-agents')
    expect((await alphaIn('general')).status).toBe(202)
    expect((await alphaIn('other')).status).toBe(403)
    const gamma = { ...inThread({ room_id: 'other' }), from: { type: 'agent', id: 'gamma' } }
    expect((await post(server, gamma, 'secret-agents')).status).toBe(422)
    expect(await history(server, 'threads/t', 'secret-ops')).toHaveLength(1)
  })
})

describe('direct messages', () => {
  const direct = (from: string, participants: string[] | undefined, id = 'd') =>
    toGeneral({
      from: { type: 'agent', id: from },
      target: { kind: 'dm', dm_id: id, participant_ids: participants },
    })

  test('keep the participants of their first message', async () => {
    await using server = await startServer(START)
    expect((await post(server, direct('alpha', ['beta', 'alpha']))).body.dm_created).toBe(true)
    expect((await post(server, direct('beta', ['alpha', 'beta']))).body.dm_created).toBe(false)
    expect((await post(server, direct('beta', undefined))).status).toBe(202)
    expect((await post(server, direct('gamma', ['alpha', 'gamma']))).status).toBe(403)
    expect((await post(server, direct('gamma', undefined))).status).toBe(403)
    expect((await post(server, direct('alpha', ['alpha', 'beta', 'gamma']))).status).toBe(403)
    expect((await post(server, direct('alpha', undefined, 'new'))).status).toBe(422)
    const { body } = await server.json('/v1/dms/d')
    expect(body).toMatchObject({ id: 'd', participant_ids: ['alpha', 'beta'], message_count: 3 })
    expect(await history(server, 'dms/d')).toHaveLength(3)
  })

  test('include the sender, and store scoped names where any is scoped', async () => {
    await using server = await startServer(START)
    await post(server, direct('alpha', ['beta', 'gamma'], 'three'))
    expect((await server.json('/v1/dms/three')).body['participant_ids']).toEqual(['alpha', 'beta', 'gamma'])
    await post(server, direct('alpha', ['alpha', 'molt://far/agents/beta'], 'remote'))
    expect((await server.json('/v1/dms/remote')).body['participant_ids']).toEqual(['far:beta', 'local:alpha'])
    expect((await history(server, 'dms/remote'))[0]?.target).toMatchObject({
      participant_ids: ['local:alpha', 'far:beta'],
    })
    expect((await post(server, direct('alpha', ['alpha', 'local:alpha'], 'self'))).status).toBe(422)
  })

  test('under a two-party id belong to exactly those two', async () => {
    await using server = await startServer(START)
    const id = await twoPartyDmId('molt://local/agents/alpha', 'molt://local/agents/beta')
    expect((await post(server, direct('gamma', ['gamma', 'beta'], id))).status).toBe(422)
    expect((await post(server, direct('alpha', ['alpha', 'beta', 'gamma'], id))).status).toBe(422)
    expect((await post(server, direct('alpha', ['beta', 'alpha'], id))).status).toBe(202)
    expect((await post(server, direct('beta', ['local:alpha', 'beta'], id))).status).toBe(202)
    expect((await post(server, direct('gamma', ['gamma', 'beta'], id))).status).toBe(422)
  })

  test('are refused when they are switched off', async () => {
    await using server = await startServer({
      ...START,
      config: { rooms: ROOMS, server: { direct_messages: false } },
    })
    expect((await post(server, direct('alpha', ['alpha', 'beta']))).status).toBe(403)
    expect((await server.json('/v1/dms')).status).toBe(403)
  })
})

test('what a message opens is told just before it, and only once', async () => {
  await using server = await startServer({ ...START, config: {} })
  await server.json('/v1/rooms', { body: { id: 'general' } })
  const thread = { kind: 'thread', room_id: 'general', thread_id: 't', parent_message_id: 'm0' }
  const dm = { kind: 'dm', dm_id: 'd', participant_ids: ['beta', 'alpha'] }
  for (const target of [thread, dm, thread, dm]) await post(server, toGeneral({ target }))
  const events = await loggedEvents(server, 7)
  expect(events.map((event) => event.type)).toEqual([
    'room.created',
    'thread.created',
    'message.created',
    'dm.created',
    'message.created',
    'message.created',
    'message.created',
  ])
  expect(events[1]).toMatchObject({
    thread: { id: 't', room_id: 'general', parent_message_id: 'm0', message_count: 0 },
  })
  expect(events[3]).toMatchObject({ dm: { id: 'd', participant_ids: ['alpha', 'beta'], message_count: 0 } })
  const times = events.map((event) => event.created_at)
  expect(times).toEqual([...new Set(times)].sort())
})

describe('humans', () => {
  const human = (id: string) => toGeneral({ from: { type: 'human', id } })

  test('may not carry an id that is a member, registered or attached, nor speak when they are switched off', async () => {
    await using server = await startServer(START)
    expect((await post(server, human('bob'))).status).toBe(202)
    expect((await post(server, human('alpha'))).status).toBe(409)
    await server.request('/v1/agents/register', { body: { requested_agent_id: 'robot' } })
    expect((await post(server, human('robot'))).status).toBe(409)
    await using socket = new TestSocket(server.url)
    socket.identify({ agent: 'visitor' })
    await socket.next('READY')
    expect((await post(server, human('visitor'))).status).toBe(409)
    await using closed = await startServer({
      ...START,
      config: { rooms: ROOMS, server: { human_ingress: false } },
    })
    expect((await post(closed, human('bob'))).status).toBe(403)
  })
})
