import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AttachPeer, identify } from '../conformance/peers/attach.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { freePort } from '../support/network.ts'
import { moltnet, startProgram } from '../support/program.ts'

const OPERATOR = 'operator-secret-6f1d'
const NODES = 'nodes-secret-93ab'
const WRONG = 'wrong-secret-c20e'
const TEXT = 'the plans are under the third stone'

/** What {@link useSecretsEverywhere} gives. */
const SECRETS = [
  'static token',
  'static token of nodes',
  'wrong token',
  'agent token',
  'cookie',
  'message text',
] as const

const CONFIG = `network: { id: secrets }
rooms: [{ id: hall, members: [scout] }]
auth:
  mode: open
  tokens:
    - { id: operator, value: ${OPERATOR}, scopes: [observe, write, admin] }
    - { id: nodes, value: ${NODES}, scopes: [attach] }
`

for (const format of ['json', 'text']) {
  describe(`the log as ${format} at level debug`, () => {
    let log = ''
    const secrets = new Map<(typeof SECRETS)[number], string>()

    beforeAll(async () => {
      await using folder = await temporaryFolder()
      const port = await freePort()
      await writeFile(join(folder.path, 'Moltnet'), CONFIG, { mode: 0o600 })
      await using server = startProgram(['start'], {
        cwd: folder.path,
        env: {
          MOLTNET_LISTEN_ADDR: `127.0.0.1:${port}`,
          MOLTNET_LOG: format,
          MOLTNET_LOG_LEVEL: 'debug',
        },
      })
      const url = `http://127.0.0.1:${port}`
      await until(
        () =>
          fetch(`${url}/readyz`).then(
            (answer) => answer.ok,
            () => false,
          ),
        () => `ready: ${server.log()}`,
      )
      for (const [name, secret] of await useSecretsEverywhere(url)) secrets.set(name, secret)
      server.kill('SIGTERM')
      await server.exited
      await server[Symbol.asyncDispose]()
      log = server.log()
    }, 60_000)

    test('tells of the requests', () => {
      expect(log).toContain('/v1/rooms/{id}')
      expect(log).toContain('/v1/attach')
    })

    for (const name of SECRETS) {
      test(`holds no ${name}`, () => {
        const secret = secrets.get(name) as string
        expect(secret.length).toBeGreaterThan(10)
        expect(log.split('\n').filter((line) => line.includes(secret))).toEqual([])
      })
    }
  })
}

/** Shows every secret to the server in every way that there is; gives what must not be in its log. */
async function useSecretsEverywhere(url: string): Promise<[(typeof SECRETS)[number], string][]> {
  const ask = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    fetch(url + path, { redirect: 'manual', ...init, headers })
  const post = (path: string, body: unknown, token?: string) =>
    ask(path, token === undefined ? {} : { Authorization: `Bearer ${token}` }, {
      method: 'POST',
      body: JSON.stringify(body),
    })

  const registered = await post('/v1/agents/register', { requested_agent_id: 'scout' })
  const { agent_token: agentToken } = (await registered.json()) as { agent_token: string }
  const bootstrap = await ask(`/console/?access_token=${OPERATOR}`)
  const cookie = (bootstrap.headers.get('set-cookie') ?? '').split(';')[0] as string
  await post('/console/session', { access_token: OPERATOR })

  for (const token of [OPERATOR, NODES, WRONG, agentToken]) {
    await ask('/v1/rooms/hall', { Authorization: `Bearer ${token}` })
    await ask('/v1/rooms/hall', { Authorization: `Basic ${token}` })
    await ask('/v1/rooms/hall', { Cookie: `moltnet_session=${token}` })
    await ask('/v1/rooms/hall', { Referer: `${url}/console/?access_token=${token}`, 'User-Agent': token })
    await ask(`/v1/rooms/hall?access_token=${token}`)
    await ask(`/console/?access_token=${token}`)
    await ask(`/nothing/${token}`)
    await ask(`/v1/rooms/${token}`)
    await ask('/v1/rooms/hall', {}, { method: 'PUT', body: token })
    await post('/v1/messages', { id: 7, token }, token)
    await AttachPeer.open(url, { headers: { authorization: `Bearer ${token}x` } }).catch(() => undefined)
  }
  await ask('/v1/rooms/hall', { Cookie: cookie })

  const target = { kind: 'room', room_id: 'hall' }
  const parts = [{ kind: 'text', text: TEXT }]
  const from = { type: 'agent', id: 'scout' }
  await using socket = await AttachPeer.open(url, { token: agentToken })
  socket.send(identify({ networkId: 'secrets', agentId: 'scout' }))
  await socket.op('READY', 'READY')
  expect((await post('/v1/messages', { target, from, parts }, agentToken)).status).toBe(202)
  await socket.event('message.created', 'the message')
  socket.send({ op: 'ERROR', version: 'moltnet.attach.v1', error: 'boom' })
  await socket.frames.end('closing')
  expect((await post('/v1/messages', { target, from, parts: TEXT }, agentToken)).status).toBe(400)

  return [
    ['static token', OPERATOR],
    ['static token of nodes', NODES],
    ['wrong token', WRONG],
    ['agent token', agentToken],
    ['cookie', cookie.slice(cookie.indexOf('=') + 1)],
    ['message text', TEXT],
  ]
}

describe('what a command that fails says', () => {
  let folder: AsyncDisposable & { path: string }
  beforeAll(async () => {
    folder = await temporaryFolder()
  })
  afterAll(() => folder[Symbol.asyncDispose]())

  const start = (text: string, env: Record<string, string> = {}) =>
    writeFile(join(folder.path, 'Moltnet'), text, { mode: 0o600 }).then(() =>
      moltnet(['start'], { cwd: folder.path, env: { MOLTNET_LOG_LEVEL: 'debug', ...env } }),
    )

  test('holds no password of a database', async () => {
    const dsn = 'postgres://moltnet:database-secret-8c4e@127.0.0.1:1/moltnet'
    const inFile = await start(`storage: { kind: postgres, postgres: { dsn: "${dsn}" } }\n`)
    const inEnvironment = await start('network: { id: a }\n', { MOLTNET_POSTGRES_DSN: dsn })
    for (const { code, stderr } of [inFile, inEnvironment]) {
      expect(code).toBe(1)
      expect(stderr).toContain('postgres')
      expect(stderr).not.toContain('database-secret')
    }
  })

  test('holds no token of a file that cannot be used', async () => {
    const token = 'file-secret-77d0'
    const texts = [
      `auth: { mode: bearer, tokens: [{ id: a, value: ${token}, scopes: [fly] }] }\n`,
      `auth: { mode: bearer, tokens: [{ id: a, value: [${token}], scopes: [observe] }] }\n`,
      `auth: { mode: bearer, tokens: [{ id: a, value: ${token}, scopes: [observe], ] }\n`,
      `pairings: [{ id: far, token: ${token} }]\n`,
    ]
    for (const text of texts) {
      const { code, stderr } = await start(text)
      expect([text, code]).toEqual([text, 1])
      expect(stderr).not.toContain(token)
    }
    const broken = await start('network: { id: a }\n', {
      MOLTNET_PAIRINGS_JSON: `[{"id": "far", "token": "${token}"`,
    })
    expect(broken.code).toBe(1)
    expect(broken.stderr).not.toContain(token)
  })

  test('holds no token of a client', async () => {
    const workspace = join(folder.path, 'workspace')
    await mkdir(join(workspace, '.moltnet'), { recursive: true, mode: 0o700 })
    const token = 'client-secret-0b5f'
    const attachment = {
      base_url: 'http://127.0.0.1:9',
      network_id: 'secrets',
      member_id: 'scout',
      auth: { mode: 'bearer', token },
      rooms: [{ id: 'hall' }],
    }
    const config = {
      version: 'moltnet.client.v1',
      agent: { name: 'Scout', runtime: 'codex' },
      attachments: [attachment],
    }
    await writeFile(join(workspace, '.moltnet', 'config.json'), JSON.stringify(config), { mode: 0o600 })
    const read = await moltnet(['read', '--target', 'room:hall'], { cwd: workspace })
    expect(read.code).toBe(1)
    expect(read.stderr + read.stdout).not.toContain(token)
  })
})
