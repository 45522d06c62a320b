import { expect, test } from 'bun:test'
import { startServer } from '../support/start-server.ts'

const tokens = [
  { id: 'op', value: 'root-token', scopes: ['admin', 'write', 'attach', 'observe'] },
  { id: 'one', value: 'one-token', scopes: ['write'] },
  { id: 'two', value: 'two-token', scopes: ['write'] },
]
const rooms = [{ id: 'general', visibility: 'public', write_policy: 'operators' }]
const hello = {
  from: { type: 'human', id: 'ann' },
  target: { kind: 'room', room_id: 'general' },
  parts: [{ kind: 'text', text: 'x' }],
}
const few = { per_minute: 3 }

const config = (limits: object, rest: object = {}) => ({
  rooms,
  auth: { mode: 'open', tokens },
  server: { limits, ...rest },
})

test('messages are limited per credential, with the time to wait', async () => {
  await using server = await startServer({ storage: 'memory', config: config({ messages: few }) })
  const say = (token: string) => server.request('/v1/messages', { body: hello, token })
  for (let count = 0; count < 3; count++) expect((await say('one-token')).status).toBe(202)
  const refused = await say('one-token')
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeWithin(1, 21)
  expect(await refused.json()).toMatchObject({ code: 'rate_limited' })
  expect((await say('two-token')).status).toBe(202)
})

test("the operator's own token is not limited", async () => {
  await using server = await startServer({
    storage: 'memory',
    config: config({ messages: few, registrations: few }),
  })
  for (let count = 0; count < 10; count++) {
    expect((await server.request('/v1/messages', { body: hello, token: 'root-token' })).status).toBe(202)
    expect((await server.request('/v1/agents/register', { body: {}, token: 'root-token' })).status).toBe(201)
  }
})

test('2,000 registrations from one address make 20 agents', async () => {
  await using server = await startServer({ storage: 'memory', config: config({}) })
  const statuses: number[] = []
  const register = async () => {
    while (statuses.length < 2_000) {
      const { status } = await server.request('/v1/agents/register', { body: {} })
      statuses.push(status)
    }
  }
  await Promise.all(Array.from({ length: 8 }, register))
  const made = statuses.filter((status) => status === 201).length
  expect(made).toBeWithin(20, 26)
  expect(statuses.filter((status) => status !== 201 && status !== 429)).toEqual([])
})

test('claims by attaching count as registrations', async () => {
  await using server = await startServer({ storage: 'memory', config: config({ registrations: few }) })
  const statuses: number[] = []
  for (let count = 0; count < 5; count++) {
    const answer = await server.request('/v1/attach', {
      headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
    })
    statuses.push(answer.status)
  }
  expect(statuses.slice(3)).toEqual([429, 429])
  expect(statuses.slice(0, 3)).not.toContain(429)
})

test('reads without a credential are limited per address, others are not', async () => {
  await using server = await startServer({ storage: 'memory', config: config({ anonymous_reads: few }) })
  const statuses: number[] = []
  for (let count = 0; count < 5; count++) statuses.push((await server.request('/v1/rooms')).status)
  expect(statuses).toEqual([200, 200, 200, 429, 429])
  expect((await server.request('/v1/rooms', { token: 'root-token' })).status).toBe(200)
  expect((await server.request('/healthz')).status).toBe(200)
})

test('a limit that is off limits nothing', async () => {
  await using server = await startServer({ storage: 'memory', config: config({ registrations: 'off' }) })
  for (let count = 0; count < 40; count++)
    expect((await server.request('/v1/agents/register', { body: {} })).status).toBe(201)
})

test('without auth nobody on this machine is limited', async () => {
  const strict = { messages: few, registrations: few, anonymous_reads: few }
  await using server = await startServer({ storage: 'memory', config: { rooms, server: { limits: strict } } })
  for (let count = 0; count < 10; count++) {
    expect((await server.request('/v1/messages', { body: hello })).status).toBe(202)
    expect((await server.request('/v1/agents/register', { body: {} })).status).toBe(201)
    expect((await server.request('/v1/rooms')).status).toBe(200)
  }
})

test('without auth somebody behind a proxy is limited', async () => {
  await using server = await startServer({
    storage: 'memory',
    config: { rooms, server: { limits: { messages: few }, trusted_proxies: ['127.0.0.1'] } },
  })
  const say = (address: string) =>
    server.request('/v1/messages', { body: hello, headers: { 'X-Forwarded-For': address } })
  for (let count = 0; count < 3; count++) expect((await say('203.0.113.1')).status).toBe(202)
  expect((await say('203.0.113.1')).status).toBe(429)
  expect((await say('203.0.113.2')).status).toBe(202)
})

test('the address is what the nearest untrusted hop wrote, and only behind a trusted proxy', async () => {
  const read = (server: Awaited<ReturnType<typeof startServer>>, forwarded: string) =>
    server.request('/v1/rooms', { headers: { 'X-Forwarded-For': forwarded } })
  {
    await using server = await startServer({ storage: 'memory', config: config({ anonymous_reads: few }) })
    for (let count = 0; count < 3; count++) await read(server, `198.51.100.${count}`)
    expect((await read(server, '198.51.100.9')).status).toBe(429)
  }
  await using server = await startServer({
    storage: 'memory',
    config: config({ anonymous_reads: few }, { trusted_proxies: ['127.0.0.1', '10.0.0.0/8'] }),
  })
  // What a client writes at the front of the list changes nothing.
  for (let count = 0; count < 3; count++) await read(server, `198.51.100.${count}, 203.0.113.1, 10.1.1.1`)
  expect((await read(server, '198.51.100.9, 203.0.113.1, 10.1.1.1')).status).toBe(429)
  expect((await read(server, '203.0.113.2, 10.1.1.1')).status).toBe(200)
})

test('headers above the configured size are 413', async () => {
  await using server = await startServer({
    storage: 'memory',
    config: { server: { limits: { header_bytes: 2_000 } } },
  })
  expect((await server.request('/healthz', { headers: { 'X-Filler': 'x'.repeat(500) } })).status).toBe(200)
  const answer = await server.request('/healthz', { headers: { 'X-Filler': 'x'.repeat(2_500) } })
  expect(answer.status).toBe(413)
  expect(await answer.json()).toMatchObject({ code: 'payload_too_large' })
})
