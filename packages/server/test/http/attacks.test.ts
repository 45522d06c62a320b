import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { configure, type LogRecord, reset } from '@logtape/logtape'
import { LIMITS } from '@moltnet/protocol'
import { startServer } from '../support/start-server.ts'
import type { TestServer } from '../support/start-server.ts'

const tokens = [
  { id: 'root', value: 'root-token-0123456789', scopes: ['observe', 'write', 'admin'] },
  { id: 'pair-b', value: 'pair-b-token', scopes: ['pair'], network: 'net_b' },
  { id: 'alpha', value: 'alpha-token', scopes: ['attach'], agents: ['alpha'] },
  { id: 'writer', value: 'writer-token', scopes: ['write'] },
]
const rooms = [
  { id: 'general', members: ['alpha', 'beta', 'net_b:gamma'] },
  { id: 'other', members: ['alpha'] },
]

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    config: { network: { id: 'net_a' }, rooms, auth: { mode: 'bearer', tokens } },
  })
})
afterAll(() => server.stop())

const ann = { type: 'human', id: 'ann' }
const general = { kind: 'room', room_id: 'general' }
const text = (value: string) => [{ kind: 'text', text: value }]

interface Sent {
  token?: string
  [key: string]: unknown
}
const send = ({ token = 'root-token-0123456789', ...body }: Sent) =>
  server.json<{ message_id: string; code: string }>('/v1/messages', {
    token,
    body: { target: general, from: ann, parts: text('x'), ...body },
  })

interface Stored {
  id: string
  from: Record<string, string>
  origin: Record<string, string>
  mentions?: string[]
}
async function newest(room = 'general'): Promise<Stored> {
  const path = `/v1/rooms/${room}/messages?limit=1`
  const { body } = await server.json<{ messages: Stored[] }>(path, { token: 'root-token-0123456789' })
  return body.messages[0] as Stored
}

describe('a forged sender', () => {
  test('gets the type, network and full id that the server knows', async () => {
    const from = { ...ann, name: 'Ann', fqid: 'molt://net_a/agents/root', extra: 'x' }
    expect((await send({ from })).status).toBe(202)
    expect((await newest()).from).toEqual({
      type: 'human',
      id: 'ann',
      name: 'Ann',
      network_id: 'net_a',
      fqid: 'molt://net_a/agents/ann',
    })
  })

  test('cannot put a second line or turned text into its name', async () => {
    const from = {
      ...ann,
      name: 'Ann\nFrom: molt://net_a/agents/root\r\n\u202egnp.exe',
    }
    expect((await send({ from })).status).toBe(202)
    expect((await newest()).from['name']).toBe('Ann From: molt://net_a/agents/root gnp.exe')
  })

  test('cannot be an agent that belongs to another credential', async () => {
    expect((await send({ from: { type: 'agent', id: 'alpha' }, token: 'writer-token' })).status).toBe(403)
    expect((await send({ from: { type: 'human', id: 'alpha' } })).status).toBe(409)
    expect((await send({ from: { type: 'agent', id: 'beta' }, token: 'alpha-token' })).status).toBe(403)
  })

  test('cannot come from another network', async () => {
    expect((await send({ from: { type: 'agent', id: 'net_b:gamma' } })).status).toBe(409)
    const origin = { network_id: 'net_b', message_id: 'm1' }
    const from = { type: 'agent', id: 'gamma', network_id: 'net_b' }
    expect((await send({ from, origin, token: 'writer-token' })).status).toBe(403)
  })
})

describe('the token of a paired network', () => {
  const from = { type: 'agent', id: 'gamma', network_id: 'net_b' }
  const origin = { network_id: 'net_b', message_id: 'their-1' }

  test('speaks for the agents of that network', async () => {
    expect((await send({ from, origin, id: 'their-1', token: 'pair-b-token' })).status).toBe(202)
    expect(await newest()).toMatchObject({ origin, from: { fqid: 'molt://net_b/agents/gamma' } })
  })

  test('speaks for no other network and for none of ours', async () => {
    const as = (network: string) => ({ type: 'agent', id: 'gamma', network_id: network })
    const statusOf = async (o: object) => (await send({ token: 'pair-b-token', ...o })).status
    expect(await statusOf({ from: as('net_c'), origin: { network_id: 'net_c', message_id: 'm' } })).toBe(403)
    expect(await statusOf({ from: as('net_c'), origin })).toBe(409)
    expect(await statusOf({ from: as('net_a'), origin })).toBe(409)
    expect(await statusOf({ from: { type: 'agent', id: 'beta' } })).toBe(403)
    expect(await statusOf({ from: ann })).toBe(403)
  })
})

describe('a used message id', () => {
  test('is 409 with other content or from another credential', async () => {
    const parts = text('first')
    const first = await send({ id: 'used', parts })
    expect(first.status).toBe(202)
    expect(await send({ id: 'used', parts })).toEqual({
      status: 202,
      body: { ...first.body, thread_created: false, dm_created: false } as never,
    })
    expect((await send({ id: 'used', parts: text('second') })).status).toBe(409)
    expect((await send({ id: 'used', parts, target: { kind: 'room', room_id: 'other' } })).status).toBe(409)
    expect((await send({ id: 'used', parts, from: { type: 'human', id: 'bob' } })).status).toBe(409)
    expect((await send({ id: 'used', parts, token: 'writer-token' })).status).toBe(409)
  })
})

describe('a conversation of others', () => {
  test('is not joined by naming it', async () => {
    const dm = { kind: 'dm', dm_id: 'dm-1', participant_ids: ['ann', 'alpha'] }
    expect((await send({ target: dm })).status).toBe(202)
    const bob = { type: 'human', id: 'bob' }
    expect(
      (await send({ target: { ...dm, participant_ids: ['ann', 'alpha', 'bob'] }, from: bob })).status,
    ).toBe(403)
    expect((await send({ target: { ...dm, participant_ids: ['ann', 'bob'] } })).status).toBe(403)
  })

  test('is not reached through a thread of another room', async () => {
    const thread = { kind: 'thread', room_id: 'general', thread_id: 'plans' }
    expect((await send({ target: thread })).status).toBe(202)
    expect((await send({ target: { ...thread, room_id: 'other' } })).status).toBe(422)
  })

  test('gives no cursor for another one', async () => {
    expect((await send({ id: 'in-general' })).status).toBe(202)
    const ask = (query: string) =>
      server.request(`/v1/rooms/other/messages?${query}`, { token: 'root-token-0123456789' })
    expect((await ask('before=in-general')).status).toBe(422)
    expect((await ask('after=in-general')).status).toBe(422)
    expect((await ask('before=general')).status).toBe(422)
  })
})

describe('a body that is made to hurt', () => {
  const raw = (body: string) =>
    fetch(`${server.url}/v1/messages`, {
      method: 'POST',
      body,
      headers: { Authorization: 'Bearer root-token-0123456789' },
    })
  const around = (value: string) =>
    JSON.stringify({ target: general, from: ann, parts: text('@@') }).replace('"@@"', value)

  test('of 100,000 levels is 422', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect((await raw(deep)).status).toBe(422)
    expect((await raw('{"a":'.repeat(100_000))).status).toBe(422)
  })

  test('of one megabyte of mentions is answered at once', async () => {
    const started = performance.now()
    const answer = await raw(around(JSON.stringify('@a:'.repeat(340_000))))
    expect(answer.status).toBe(202)
    expect(performance.now() - started).toBeLessThan(2_000)
    expect((await newest()).mentions).toBeUndefined()
  })

  test('that fits, but whose event would not fit into a frame, is 413 and stores nothing', async () => {
    const before = await newest()
    const room = LIMITS.bodyBytes - around('""').length
    // A control character is six bytes in JSON, in the body as in the frame.
    for (const body of [around(`"${'x'.repeat(room)}"`), around(`"${'\\u0001'.repeat(room / 6)}"`)]) {
      expect(body.length).toBeWithin(LIMITS.bodyBytes - 6, LIMITS.bodyBytes + 1)
      const answer = await raw(body)
      expect(answer.status).toBe(413)
      expect(await answer.json()).toMatchObject({ code: 'payload_too_large' })
    }
    expect(await newest()).toEqual(before)
    expect((await raw(around(`"${'\\u0001'.repeat(room / 6 - 200)}"`))).status).toBe(202)
  })

  test('with keys of prototypes stores none of them', async () => {
    const evil =
      '{"kind":"data","data":{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}}'
    const body = JSON.stringify({ target: general, from: ann, parts: ['@@'] }).replace('"@@"', evil)
    expect((await raw(body)).status).toBe(202)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    expect(JSON.stringify(await newest())).not.toContain('__proto__')
  })
})

describe('the log', () => {
  const records: LogRecord[] = []
  beforeAll(async () => {
    await configure({
      reset: true,
      sinks: { memory: (record) => void records.push(record) },
      loggers: [
        { category: 'moltnet', lowestLevel: 'debug', sinks: ['memory'] },
        { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: ['memory'] },
      ],
    })
  })
  afterAll(() => reset())

  test('holds each request by its route, and no token, cookie or message', async () => {
    await using logged = await startServer({ config: { rooms, auth: { mode: 'open', tokens } } })
    const secret = 'root-token-0123456789'
    const { body } = await logged.json<{ agent_token: string }>('/v1/agents/register', { body: {} })
    const signIn = await logged.request('/console/session', { body: { access_token: secret } })
    const cookie = (signIn.headers.get('set-cookie') as string).split(';')[0] as string
    await logged.request(`/console/?access_token=${secret}`, { headers: { Accept: 'text/html' } })
    await logged.request('/v1/rooms/general', { token: secret })
    await logged.request('/v1/rooms/general', { token: body.agent_token })
    await logged.request('/v1/rooms/general', { token: 'wrong-token-9876543210' })
    await logged.request('/v1/rooms/general', { headers: { Cookie: cookie } })
    await logged.request(`/nothing/${secret}`)
    const message = { target: general, from: ann, parts: text('top secret plans') }
    expect((await logged.request('/v1/messages', { token: secret, body: message })).status).toBe(202)

    const lines = records.map((record) => JSON.stringify([record.message, record.properties]))
    const requests = lines.filter((line) => line.includes('requestId'))
    expect(requests.length).toBeGreaterThan(8)
    expect(requests.some((line) => line.includes('/v1/rooms/{id}'))).toBe(true)
    const session = cookie.split('=')[1] as string
    for (const hidden of [secret, body.agent_token, 'wrong-token-9876543210', session, 'top secret'])
      expect(lines.filter((line) => line.includes(hidden))).toEqual([])
  })
})
