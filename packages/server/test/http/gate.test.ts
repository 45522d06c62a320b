import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { startServer } from '../support/start-server.ts'
import type { TestServer } from '../support/start-server.ts'

const OPERATOR = 'operator-token'
const rooms = [{ id: 'general', members: ['alpha'] }]
const hello = JSON.stringify({
  target: { kind: 'room', room_id: 'general' },
  from: { type: 'human', id: 'ann' },
  parts: [{ kind: 'text', text: 'hello' }],
})

/** A request with any Host and headers, which `fetch` would not send; gives the status. */
async function raw(
  server: TestServer,
  head: string,
  o: { host?: string; body?: string; headers?: Record<string, string> } = {},
) {
  const { body = '' } = o
  const headers: Record<string, string> = {
    Host: o.host ?? `127.0.0.1:${server.server.port}`,
    Connection: 'close',
    ...(body !== '' && { 'Content-Length': String(body.length), 'Content-Type': 'application/json' }),
    ...o.headers,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const socket = connect(server.server.port, '127.0.0.1')
  socket.setTimeout(5_000, () => socket.destroy())
  socket.write(`${head} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
  let answer = ''
  for await (const chunk of socket) {
    answer += String(chunk)
    // A refused handshake leaves the connection open: the head is enough.
    if (answer.includes('\r\n\r\n')) break
  }
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
}

const handshake = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}
const navigation = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }

describe('without auth', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      storage: 'memory',
      config: {
        rooms,
        server: { allowed_hosts: ['moltnet.lan'], allowed_origins: ['http://trusted.example'] },
      },
    })
  })
  afterAll(() => server.stop())

  const own = () => `http://127.0.0.1:${server.server.port}`
  const post = (headers: Record<string, string>) => raw(server, 'POST /v1/messages', { body: hello, headers })

  describe('the Host header', () => {
    const hosts: [string, number][] = [
      ['localhost', 200],
      ['LOCALHOST:8787', 200],
      ['localhost.:1', 200],
      ['127.0.0.1:1', 200],
      ['192.168.7.7:8787', 200],
      ['[::1]:8787', 200],
      ['moltnet.lan', 200],
      ['Moltnet.LAN:443', 200],
      ['evil.example', 403],
      ['evil.example:8787', 403],
      ['localhost.evil.example', 403],
      ['127.0.0.1.evil.example', 403],
      ['a, localhost', 403],
      ['user@localhost', 403],
      ['0x7f.0.0.1', 403],
      ['[::1', 403],
    ]
    for (const [host, status] of hosts)
      test(`${host} is ${status}`, async () => {
        expect(await raw(server, 'GET /v1/network', { host })).toBe(status)
      })

    test('is checked on every route, probes, WebSocket and unknown paths included', async () => {
      const host = 'rebound.example:8787'
      for (const head of [
        'GET /healthz',
        'GET /v1/events/stream',
        'GET /console/',
        'GET /skill.md',
        'GET /nothing',
      ])
        expect(await raw(server, head, { host })).toBe(403)
      expect(await raw(server, 'POST /v1/messages', { host, body: hello })).toBe(403)
      expect(await raw(server, 'GET /v1/attach', { host, headers: handshake })).toBe(403)
    })
  })

  describe('a request of a page', () => {
    test('of another site is 403', async () => {
      expect(await post({ Origin: 'https://evil.example' })).toBe(403)
      expect(await post({ Origin: 'null' })).toBe(403)
      expect(await post({ 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
      expect(await post({ 'Sec-Fetch-Site': 'same-site' })).toBe(403)
      expect(await post({ Origin: own(), 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
      expect(await raw(server, 'GET /v1/rooms', { headers: { 'Sec-Fetch-Site': 'cross-site' } })).toBe(403)
      expect(
        await raw(server, 'GET /v1/events/stream', { headers: { Origin: 'https://evil.example' } }),
      ).toBe(403)
    })

    test('is not let through by a credential that a browser adds by itself', async () => {
      const origin = { Origin: 'https://evil.example' }
      expect(await post({ ...origin, Authorization: 'Basic dTpw' })).toBe(403)
      expect(await post({ ...origin, Authorization: 'Bearer x' })).toBe(202)
    })

    test('of another port on this machine is 403', async () => {
      expect(await post({ Origin: 'http://127.0.0.1:3000' })).toBe(403)
      expect(await post({ Origin: 'http://localhost:3000' })).toBe(403)
    })

    test('of our own or an allowed origin passes', async () => {
      expect(await post({ Origin: own(), 'Sec-Fetch-Site': 'same-origin' })).toBe(202)
      expect(await post({ Origin: 'http://trusted.example' })).toBe(202)
    })

    test('that a person typed or followed to the console passes', async () => {
      expect(await raw(server, 'GET /v1/rooms', { headers: { 'Sec-Fetch-Site': 'none' } })).toBe(200)
      const followed = { 'Sec-Fetch-Site': 'cross-site', ...navigation }
      expect(await raw(server, 'GET /console', { headers: followed })).toBe(303)
      expect(await raw(server, 'GET /v1/rooms', { headers: followed })).toBe(403)
      expect(await raw(server, 'GET /install.md', { headers: followed })).toBe(403)
      const framed = {
        'Sec-Fetch-Site': 'cross-site',
        'Sec-Fetch-Mode': 'navigate',
        'Sec-Fetch-Dest': 'iframe',
      }
      expect(await raw(server, 'GET /console', { headers: framed })).toBe(403)
    })

    test('with a body that is no JSON is 415', async () => {
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        '',
      ])
        expect(await post({ Origin: own(), 'Content-Type': type })).toBe(415)
      for (const header of ['Sec-Fetch-Site', 'Sec-Fetch-Mode', 'Sec-Fetch-Dest'])
        expect(await post({ [header]: 'same-origin', 'Content-Type': 'text/plain' })).toBe(415)
      expect(await post({ Origin: own(), 'Content-Type': 'application/json; charset=utf-8' })).toBe(202)
    })

    test('cannot open a WebSocket from another origin', async () => {
      const open = (origin: string) =>
        raw(server, 'GET /v1/attach', { headers: { ...handshake, Origin: origin } })
      expect(await open('https://evil.example')).toBe(403)
      expect(await open('http://127.0.0.1:3000')).toBe(403)
    })
  })
})

describe('with bearer auth', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      storage: 'memory',
      config: {
        rooms,
        auth: {
          mode: 'bearer',
          tokens: [{ id: 'op', value: OPERATOR, scopes: ['observe', 'write', 'admin', 'attach'] }],
        },
      },
    })
  })
  afterAll(() => server.stop())

  const bearer = { Authorization: `Bearer ${OPERATOR}` }
  async function cookie(): Promise<string> {
    const answer = await server.request('/console/session', { body: { access_token: OPERATOR } })
    return (answer.headers.get('set-cookie') as string).split(';')[0] as string
  }

  test('any host name passes, a malformed one is 400', async () => {
    expect(await raw(server, 'GET /v1/network', { host: 'net.example', headers: bearer })).toBe(200)
    expect(await raw(server, 'GET /v1/network', { host: 'a, b', headers: bearer })).toBe(400)
  })

  test('a request with a bearer header may come from any page', async () => {
    const headers = { ...bearer, Origin: 'https://app.example', 'Sec-Fetch-Site': 'cross-site' }
    expect(await raw(server, 'POST /v1/messages', { body: hello, headers })).toBe(202)
  })

  test('a WebSocket is held to its origin even with a bearer header', async () => {
    const headers = { ...handshake, ...bearer, Origin: 'https://evil.example' }
    expect(await raw(server, 'GET /v1/attach', { headers })).toBe(403)
  })

  test('a cross-site request with the cookie is 403, one of our own page passes', async () => {
    const session = await cookie()
    const post = (headers: Record<string, string>) =>
      raw(server, 'POST /v1/messages', { body: hello, headers: { Cookie: session, ...headers } })
    expect(await post({ Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
    expect(await post({ 'Sec-Fetch-Site': 'same-site' })).toBe(403)
    expect(await post({ Origin: 'http://localhost:3000' })).toBe(403)
    const own = `http://127.0.0.1:${server.server.port}`
    expect(await post({ Origin: own, 'Sec-Fetch-Site': 'same-origin' })).toBe(202)
  })

  test('without a trusted proxy the browser vouches for https', async () => {
    const session = await cookie()
    const post = (headers: Record<string, string>) =>
      raw(server, 'POST /v1/messages', {
        host: 'net.example',
        body: hello,
        headers: { Cookie: session, ...headers },
      })
    expect(await post({ Origin: 'https://net.example', 'Sec-Fetch-Site': 'same-origin' })).toBe(202)
    expect(await post({ Origin: 'https://net.example' })).toBe(403)
  })
})

test('with allowed_hosts other names are 403 in any mode', async () => {
  await using server = await startServer({
    storage: 'memory',
    config: {
      server: { allowed_hosts: ['net.example'] },
      auth: { mode: 'open' },
    },
  })
  expect(await raw(server, 'GET /v1/network', { host: 'net.example' })).toBe(200)
  expect(await raw(server, 'GET /v1/network', { host: 'other.example' })).toBe(403)
})
