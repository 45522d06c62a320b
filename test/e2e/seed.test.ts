// What the public description names and no other test runs: its auth blocks as real servers, and its commands.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { SEED } from '../../packages/config/test/fixtures/seed-blocks.ts'
import { AttachPeer, identify } from '../conformance/peers/attach.ts'
import { request, type RequestOptions } from '../conformance/peers/http.ts'
import { HANDSHAKE, rawStatus } from '../conformance/peers/raw.ts'
import { StreamPeer } from '../conformance/peers/stream.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { freePort } from '../support/network.ts'
import { moltnet, type Running, startProgram } from '../support/program.ts'

/** A server that was started with a block of the description over the default file. */
interface SeedServer extends AsyncDisposable {
  url: string
  port: number
  program: Running
  ask(line: string, o?: RequestOptions): ReturnType<typeof request>
}

/** Starts `moltnet start` with the blocks, on a free port: the usual one may be taken. */
async function startSeed(
  blocks: string,
  o: { args?: string[]; env?: Record<string, string> } = {},
): Promise<SeedServer> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const port = await freePort()
  const file = stringify({ ...(parse(SEED.server) as object), ...(parse(blocks) as object) })
  await writeFile(join(folder, 'Moltnet'), file.replaceAll('8787', String(port)), { mode: 0o600 })
  const env = { HOME: folder, ...o.env }
  const program = stack.use(startProgram(o.args ?? ['start'], { cwd: folder, env }))
  await until(
    () => program.log().includes(`listening on :${port}`),
    () => `the server says where it listens: ${program.log()}`,
  )
  const owned = stack.move()
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    port,
    program,
    ask(line, options) {
      const [method = '', path = ''] = line.split(' ')
      return request(url, { method, path }, options)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const message = (from: object, text = 'hello') => ({
  target: { kind: 'room', room_id: 'research' },
  from,
  parts: [{ kind: 'text', text }],
})
const maya = { type: 'human', id: 'maya', name: 'Maya' }
const researcher = { type: 'agent', id: 'researcher' }

/** Attaches an agent; gives its first frame after IDENTIFY. */
async function attach(server: SeedServer, agentId: string, token?: string) {
  const socket = await AttachPeer.open(server.url, { token })
  await socket.op('HELLO', 'HELLO')
  socket.send(identify({ networkId: 'local', agentId }))
  const first = await socket.frames.find(({ op }) => op === 'READY' || op === 'ERROR', 'READY or ERROR')
  return { socket, first }
}

describe('the bearer block', () => {
  const operator = { token: 'dev-observe-write-admin' }
  const attachment = { token: 'dev-attach' }
  const pairing = { token: 'dev-pair' }
  let server: SeedServer

  beforeAll(async () => {
    server = await startSeed(SEED.bearer)
    const room = { id: 'research', members: ['researcher', 'net_b:gamma'] }
    expect((await server.ask('POST /v1/rooms', { ...operator, body: room })).status).toBe(201)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('GET /healthz needs nothing, everything else a bearer token', async () => {
    expect((await server.ask('GET /healthz')).json).toEqual({ status: 'ok' })
    for (const path of ['/v1/rooms', '/metrics', '/v1/events/stream', '/v1/attach', '/console/']) {
      expect([path, (await server.ask(`GET ${path}`)).status]).toEqual([path, 401])
      expect([path, (await server.ask(`GET ${path}`, { token: 'no-such' })).status]).toEqual([path, 401])
    }
  })

  test('the operator token observes, writes and administers', async () => {
    expect((await server.ask('GET /v1/rooms/research/messages', operator)).status).toBe(200)
    expect((await server.ask('POST /v1/messages', { ...operator, body: message(maya) })).status).toBe(202)
    const body = { add: ['guest'] }
    expect((await server.ask('PATCH /v1/rooms/research/members', { ...operator, body })).status).toBe(200)
    const metrics = await server.ask('GET /metrics', operator)
    expect(metrics.headers.get('content-type')).toStartWith('text/plain')
    expect(metrics.text).toContain('moltnet_http_requests_total{method="GET",route="/healthz",status="200"}')
  })

  test('the attachment token is bound to researcher', async () => {
    const { socket, first } = await attach(server, 'researcher', attachment.token)
    await using _ = socket
    expect(first).toMatchObject({ op: 'READY', agent_id: 'researcher', network_id: 'local' })
    const sent = await server.ask('POST /v1/messages', {
      ...operator,
      body: message(maya, '@researcher hi'),
    })
    await socket.event('message.created', 'the message', sent.json['message_id'] as string)
    const answer = await server.ask('POST /v1/messages', { ...attachment, body: message(researcher) })
    expect(answer.status).toBe(202)

    const other = await attach(server, 'somebody-else', attachment.token)
    expect(other.first.op).toBe('ERROR')
    expect(await other.socket.frames.end('closing')).toBe('1008')
    const forged = message({ type: 'agent', id: 'somebody-else' })
    expect((await server.ask('POST /v1/messages', { ...attachment, body: forged })).status).toBe(403)
    for (const line of ['GET /metrics', 'GET /v1/pairings', 'DELETE /v1/rooms/research'])
      expect([line, (await server.ask(line, attachment)).status]).toEqual([line, 403])
    // Neither may the operator be the agent that another token lists.
    const registration = { requested_agent_id: 'researcher' }
    const claim = await server.ask('POST /v1/agents/register', { ...attachment, body: registration })
    expect(claim.status).toBe(403)
  })

  test('the pairing token reads rooms and speaks for another network only', async () => {
    for (const line of ['GET /v1/network', 'GET /v1/rooms', 'GET /v1/agents'])
      expect([line, (await server.ask(line, pairing)).status]).toEqual([line, 200])
    for (const line of ['GET /v1/dms', 'GET /metrics', 'GET /v1/rooms/research/messages'])
      expect([line, (await server.ask(line, pairing)).status]).toEqual([line, 403])
    const gamma = { type: 'agent', id: 'gamma', network_id: 'net_b' }
    const body = { ...message(gamma), id: 'theirs', origin: { network_id: 'net_b', message_id: 'theirs' } }
    expect((await server.ask('POST /v1/messages', { ...pairing, body })).status).toBe(202)
    expect((await server.ask('POST /v1/messages', { ...pairing, body: message(researcher) })).status).toBe(
      403,
    )
  })

  test('the console takes ?access_token= and leaves an HTTP-only cookie for pages, API and stream', async () => {
    const bootstrap = await server.ask(`GET /console/?access_token=${operator.token}`)
    expect([bootstrap.status, bootstrap.headers.get('location')]).toEqual([303, '/console/'])
    const setCookie = bootstrap.headers.get('set-cookie') ?? ''
    expect(setCookie).toContain('HttpOnly')
    expect(setCookie).not.toContain(operator.token)
    const cookie = { Cookie: setCookie.split(';')[0] as string }
    const page = await server.ask('GET /console/', { headers: cookie })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect((await server.ask('GET /v1/rooms', { headers: cookie })).status).toBe(200)

    await using stream = await StreamPeer.open(server.url, { headers: cookie })
    for (const origin of [`http://127.0.0.1:${server.port}`, `http://localhost:${server.port}`]) {
      const headers = { ...cookie, Origin: origin }
      const sent = await server.ask('POST /v1/messages', { headers, body: message(maya, origin) })
      expect(sent.status).toBe(202)
      await stream.event('message.created', 'the message', sent.json['message_id'] as string)
    }
    const foreign = { ...cookie, Origin: 'http://evil.example' }
    const forged = await server.ask('POST /v1/messages', { headers: foreign, body: message(maya) })
    expect(forged.status).toBe(403)

    expect((await server.ask('GET /console/?access_token=no-such')).status).toBe(401)
    for (const path of ['/v1/rooms', '/metrics', '/v1/events/stream'])
      expect([path, (await server.ask(`GET ${path}?access_token=${operator.token}`)).status]).toEqual([
        path,
        401,
      ])
  })

  test('allowed_origins are the ones that may open a WebSocket', async () => {
    const open = (origin: string) =>
      rawStatus(server.url, {
        path: '/v1/attach',
        headers: { ...HANDSHAKE, Authorization: `Bearer ${attachment.token}`, Origin: origin },
      })
    expect(await open(`http://127.0.0.1:${server.port}`)).toBe(101)
    expect(await open(`http://localhost:${server.port}`)).toBe(101)
    expect(await open('http://evil.example')).toBe(403)
  })

  test('trust_forwarded_proto decides whether X-Forwarded-Proto makes the cookie Secure', async () => {
    const bootstrap = async ({ ask }: SeedServer) =>
      (
        await ask(`GET /console/?access_token=${operator.token}`, {
          headers: { 'X-Forwarded-Proto': 'https' },
        })
      ).headers.get('set-cookie')
    expect(await bootstrap(server)).not.toContain('Secure')
    const block = SEED.bearer.replace('trust_forwarded_proto: false', 'trust_forwarded_proto: true')
    await using trusting = await startSeed(block)
    expect(await bootstrap(trusting)).toContain('Secure')
  })
})

describe('the open block', () => {
  const admin = { token: 'dev-admin' }
  let server: SeedServer

  beforeAll(async () => {
    server = await startSeed(SEED.open)
    const room = { id: 'research', visibility: 'public', write_policy: 'registered_agents' }
    expect((await server.ask('POST /v1/rooms', { ...admin, body: room })).status).toBe(201)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const register = (body: object, token?: string) => server.ask('POST /v1/agents/register', { body, token })

  test('registration returns an agent_token, once, and it is the identity from then on', async () => {
    const claimed = await register({ requested_agent_id: 'researcher', name: 'Researcher' })
    expect(claimed.status).toBe(201)
    const token = claimed.json['agent_token'] as string
    expect(token).toMatch(/^magt_v1_[A-Za-z0-9_-]{43}$/)
    const again = await register({ requested_agent_id: 'researcher' }, token)
    expect([again.status, again.json['actor_uid'], again.json['agent_token']]).toEqual([
      200,
      claimed.json['actor_uid'],
      undefined,
    ])
    expect((await register({ requested_agent_id: 'researcher' })).status).toBe(409)

    const say = (bearer?: string) =>
      server.ask('POST /v1/messages', { token: bearer, body: message(researcher) })
    expect((await say(token)).status).toBe(202)
    expect((await say()).status).toBe(401)
    const { socket, first } = await attach(server, 'researcher', token)
    await using _ = socket
    expect(first).toMatchObject({ op: 'READY', actor_uid: claimed.json['actor_uid'] })
    const stranger = await attach(server, 'researcher')
    expect(stranger.first).toMatchObject({ op: 'ERROR', error: expect.stringContaining('agent token') })
    await stranger.socket.frames.end('closing')
  })

  test('attaching claims an id as well', async () => {
    const { socket, first } = await attach(server, 'walk-in')
    await using _ = socket
    expect(first['agent_token']).toMatch(/^magt_v1_/)
  })

  test('anybody reads what is public, and the console needs no token', async () => {
    expect((await server.ask('GET /v1/rooms/research/messages')).status).toBe(200)
    expect((await server.ask('GET /console/')).status).toBe(200)
    expect((await server.ask('GET /metrics')).status).toBe(401)
    expect((await server.ask('GET /metrics', admin)).status).toBe(200)
  })

  test('the admin token is the way to recover an id', async () => {
    const first = await register({ requested_agent_id: 'lost' })
    expect((await server.ask('POST /v1/agents/lost/reset-token', admin)).status).toBe(200)
    const second = await register({ requested_agent_id: 'lost' })
    expect(second.json['actor_uid']).toBe(first.json['actor_uid'])
    expect(second.json['agent_token']).not.toBe(first.json['agent_token'])
  })

  test('static tokens are optional', async () => {
    await using alone = await startSeed('auth: { mode: open }')
    expect((await alone.ask('GET /v1/network')).json).toMatchObject({
      capabilities: { public_read: true, agent_registration: 'open' },
    })
  })
})

describe('the commands', () => {
  test('version and help', async () => {
    expect((await moltnet(['version'])).stdout).toMatch(/^\d+\.\d+\.\d+/)
    const help = await moltnet(['help'])
    expect(help.code).toBe(0)
    for (const command of ['init', 'validate', 'start', 'node', 'bridge', 'version', 'help'])
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'))
    expect((await moltnet(['help', 'bridge'])).stdout).toContain('moltnet bridge run')
  })

  for (const args of [[], ['server']]) {
    test(`moltnet${args.map((word) => ` ${word}`).join('')} is moltnet start`, async () => {
      await using server = await startSeed('rooms: []', { args, env: { MOLTNET_PAIRINGS_JSON: '[]' } })
      expect((await server.ask('GET /healthz')).json).toEqual({ status: 'ok' })
      server.program.kill('SIGTERM')
      expect(await server.program.exited).toBe(0)
    })
  }

  for (const words of [['bridge', 'run'], ['bridge'], ['attachment', 'run']]) {
    test(`moltnet ${words.join(' ')} runs one attachment until it is stopped`, async () => {
      await using server = await startSeed('rooms: [{ id: research, members: [researcher] }]')
      await using folder = await temporaryFolder()
      const log = join(folder.path, 'turns')
      await mkdir(join(folder.path, 'workspace'))
      const recorder = new URL('../support/recorder.ts', import.meta.url).pathname
      const config = {
        version: 'moltnet.bridge.v1',
        moltnet: { base_url: server.url, network_id: 'local' },
        agent: { id: 'researcher', name: 'Researcher' },
        runtime: {
          kind: 'command',
          command: process.execPath,
          args: [recorder, log, join(folder.path, 'hold')],
          workspace_path: 'workspace',
        },
        rooms: [{ id: 'research', read: 'all', reply: 'auto' }],
      }
      const path = join(folder.path, 'bridge.json')
      await writeFile(path, JSON.stringify(config), { mode: 0o600 })
      await using bridge = startProgram([...words, path], {
        cwd: folder.path,
        env: { HOME: folder.path, MOLTNET_LOG: 'json' },
      })
      await until(
        async () => (await server.ask('GET /v1/agents/researcher')).json['connected'] === true,
        () => `the bridge is attached: ${bridge.log()}`,
      )
      const sent = await server.ask('POST /v1/messages', { body: message(maya) })
      await until(
        async () => {
          const turns = await readFile(log, 'utf8').catch(() => '')
          return turns.includes('"end"') && turns.includes(sent.json['message_id'] as string)
        },
        () => `the agent had its turn: ${bridge.log()}`,
      )
      bridge.kill('SIGTERM')
      expect(await bridge.exited).toBe(0)
    }, 60_000)
  }
})
