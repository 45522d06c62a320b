import { expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { AttachPeer, identify } from '../conformance/peers/attach.ts'
import { HANDSHAKE, rawStatus } from '../conformance/peers/raw.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startTestServer, TEST_NETWORK } from '../support/network.ts'

/** Default `server.limits.registrations`: a bucket of 20 that gets 20 back each minute. */
const REGISTRATIONS = 20
/** Default `server.limits.unidentified_sockets`. */
const UNIDENTIFIED = 64
/** Headers are cut after 12 s and bodies after 32 s, whatever trickles in. */
const SLOW_LIMIT_MS = 45_000

const LIMIT_MS = 90_000

test.concurrent(
  '2,000 registrations from one address make a handful of agents',
  async () => {
    await using folder = await temporaryFolder()
    await using server = await startTestServer({
      folder: folder.path,
      rooms: '[]',
      extra: 'auth: { mode: open, tokens: [{ id: root, value: root-token-of-a-test, scopes: [admin] }] }\n',
    })
    // An address that the client makes up counts only behind a trusted proxy.
    const register = (n: number) =>
      fetch(`${server.url}/v1/agents/register`, {
        method: 'POST',
        body: '{}',
        headers: { 'X-Forwarded-For': `203.0.113.${n % 256}`, 'X-Real-IP': `203.0.113.${n % 256}` },
      })
    const started = performance.now()
    const answers: Response[] = []
    let asked = 0
    const client = async () => {
      while (asked < 2_000) answers.push(await register(asked++))
    }
    await Promise.all(Array.from({ length: 8 }, client))
    const minutes = (performance.now() - started) / 60_000
    const made = answers.filter(({ status }) => status === 201)
    expect(made.length).toBeWithin(REGISTRATIONS, Math.ceil(REGISTRATIONS * (1 + minutes)) + 1)
    const refused = answers.filter(({ status }) => status !== 201)
    expect(refused.length + made.length).toBe(2_000)
    for (const answer of refused) {
      expect(answer.status).toBe(429)
      expect(answer.headers.get('Retry-After')).toMatch(/^[1-9][0-9]?$/)
    }
    expect(await refused.at(-1)?.json()).toMatchObject({ code: 'rate_limited' })

    const agents = await fetch(`${server.url}/v1/agents?limit=500`, {
      headers: { Authorization: 'Bearer root-token-of-a-test' },
    })
    expect(((await agents.json()) as { agents: unknown[] }).agents).toHaveLength(made.length)
    await until(async () => (await register(0)).status === 201, 'one more after a while')
  },
  LIMIT_MS,
)

test.concurrent(
  'sockets that never say who they are leave room for others',
  async () => {
    await using folder = await temporaryFolder()
    await using server = await startTestServer({
      folder: folder.path,
      rooms: '[]',
      extra:
        'auth: { mode: bearer, tokens: [{ id: nodes, value: nodes-token-of-a-test, scopes: [attach] }] }\n',
    })
    const token = 'nodes-token-of-a-test'
    const handshake = () =>
      rawStatus(server.url, {
        path: '/v1/attach',
        headers: { ...HANDSHAKE, Authorization: `Bearer ${token}` },
      })
    await using stack = new AsyncDisposableStack()
    const silent: AttachPeer[] = []
    for (let i = 0; i < UNIDENTIFIED; i++)
      silent.push(stack.use(await AttachPeer.open(server.url, { token })))
    expect(await handshake()).toBe(429)
    const [speaks, leaves] = silent as [AttachPeer, AttachPeer]
    speaks.send(identify({ networkId: TEST_NETWORK, agentId: 'speaks' }))
    await speaks.op('READY', 'READY')
    const next = stack.use(await AttachPeer.open(server.url, { token }))
    await next.op('HELLO', 'one that identified itself no longer counts')
    expect(await handshake()).toBe(429)
    await leaves[Symbol.asyncDispose]()
    await until(async () => (await handshake()) === 101, 'one that left no longer counts')
  },
  LIMIT_MS,
)

test.concurrent(
  'slow requests are cut, and hold up nobody',
  async () => {
    await using folder = await temporaryFolder()
    await using server = await startTestServer({ folder: folder.path, rooms: '[{ id: hall }]' })
    const port = Number(new URL(server.url).port)
    const head = `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1000\r\n`
    const chunked = `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nTransfer-Encoding: chunked\r\n\r\n`
    const starts = ['', head, `${head}X-Slow: `, `${head}\r\n{`, `${chunked}5\r\n{`]
    const started = performance.now()
    const slow = Array.from({ length: 100 }, (_, i) => trickle(port, starts[i % starts.length] as string))
    const times: number[] = []
    const asks = async () => {
      const asked = performance.now()
      expect((await fetch(`${server.url}/v1/rooms/hall`)).status).toBe(200)
      times.push(performance.now() - asked)
    }
    while (slow.some((socket) => !socket.destroyed) && performance.now() - started < SLOW_LIMIT_MS) {
      for (const socket of slow) if (!socket.destroyed && socket.bytesWritten > 0) socket.write('a')
      await asks()
      await until(() => performance.now() - started > times.length * 1_000, 'the next round')
    }
    expect(slow.filter((socket) => !socket.destroyed)).toHaveLength(0)
    expect(Math.max(...times)).toBeLessThan(5_000)
  },
  LIMIT_MS,
)

function trickle(port: number, start: string): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.destroy())
  socket.resume()
  if (start !== '') socket.write(start)
  return socket
}
