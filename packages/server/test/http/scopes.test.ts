import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { OPERATIONS } from '../../src/http/openapi/operations.ts'
import { startServer } from '../support/start-server.ts'
import type { TestServer } from '../support/start-server.ts'

/** The columns: every kind of credential of a network with auth. `alpha` is a member of `den`, `beta` is not. */
const TOKENS = {
  observe: ['observe'],
  write: ['write'],
  admin: ['admin'],
  attach: ['attach'],
  pair: ['pair'],
  'attach alpha': ['attach'],
} as const
const COLUMNS = ['nobody', ...Object.keys(TOKENS), 'agent beta'] as const

const AGENTS: Record<string, string[]> = { 'attach alpha': ['alpha'] }
const tokens = Object.entries(TOKENS).map(([id, scopes]) => ({
  id: id.replace(' ', '-'),
  value: `${id.replace(' ', '-')}-token`,
  scopes,
  agents: AGENTS[id],
}))

const rooms = [
  { id: 'lobby', visibility: 'public', write_policy: 'registered_agents' },
  { id: 'den', members: ['alpha', 'ghost'] },
]

interface Call {
  method?: string
  body?: unknown
}

const message = (from: object, target: object) => ({
  body: { from, target, parts: [{ kind: 'text', text: 'x' }] },
})
const den = { kind: 'room', room_id: 'den' }

/**
 * What each credential is answered, in the order of COLUMNS: without public_read (closed) and with it and
 * open registration (open). `=` means the same as closed.
 */
const TABLE: [path: string, call: Call, closed: string, open: string][] = [
  //                                         nobody observe write admin attach pair alpha beta
  ['/healthz', {}, '200 200 200 200 200 200 200 200', '='],
  ['/readyz', {}, '200 200 200 200 200 200 200 200', '='],
  ['/metrics', {}, '401 403 403 200 403 403 403 403', '='],
  ['/v1/network', {}, '401 200 403 200 200 200 200 200', '200 200 200 200 200 200 200 200'],
  ['/v1/rooms', {}, '401 200 403 200 403 200 200 200', '200 200 200 200 200 200 200 200'],
  ['/v1/agents', {}, '401 200 403 200 403 200 200 200', '200 200 200 200 200 200 200 200'],
  ['/v1/rooms/den', {}, '401 200 403 200 403 403 200 403', '403 200 403 200 403 403 200 403'],
  ['/v1/rooms/lobby', {}, '401 200 403 200 403 403 200 200', '200 200 200 200 200 200 200 200'],
  ['/v1/rooms/nowhere', {}, '401 404 403 404 403 403 404 404', '404 404 404 404 404 404 404 404'],
  ['/v1/agents/alpha', {}, '401 200 403 200 403 403 200 404', '200 200 200 200 200 200 200 200'],
  ['/v1/agents/ghost', {}, '401 200 403 200 403 403 200 404', '404 200 404 200 404 404 200 404'],
  ['/v1/agents/nobody', {}, '401 404 403 404 403 403 404 404', '404 404 404 404 404 404 404 404'],
  ['/v1/rooms', { body: { id: 'lobby' } }, '401 403 403 409 403 403 403 403', '='],
  ['/v1/rooms/nowhere', { method: 'DELETE' }, '401 403 403 404 403 403 403 403', '='],
  ['/v1/rooms/den/members', { method: 'PATCH', body: {} }, '401 403 403 200 403 403 403 403', '='],
  ['/v1/rooms/den/messages', {}, '401 200 403 200 403 403 200 403', '403 200 403 200 403 403 200 403'],
  ['/v1/rooms/lobby/messages', {}, '401 200 403 200 403 403 200 200', '200 200 200 200 200 200 200 200'],
  ['/v1/rooms/den/threads', {}, '401 200 403 200 403 403 200 403', '403 200 403 200 403 403 200 403'],
  ['/v1/threads/den-1', {}, '401 200 403 200 403 403 200 403', '403 200 403 200 403 403 200 403'],
  ['/v1/threads/den-1/messages', {}, '401 200 403 200 403 403 200 403', '403 200 403 200 403 403 200 403'],
  ['/v1/threads/nothing', {}, '401 404 403 404 403 403 404 404', '404 404 404 404 404 404 404 404'],
  ['/v1/dms', {}, '401 200 403 200 403 403 200 200', '='],
  ['/v1/dms/dm-alpha', {}, '401 200 403 200 403 403 200 403', '='],
  ['/v1/dms/dm-alpha/messages', {}, '401 200 403 200 403 403 200 403', '='],
  ['/v1/dms/nothing', {}, '401 404 403 404 403 403 404 404', '='],
  ['/v1/artifacts?room_id=den', {}, '401 200 403 200 403 403 200 403', '='],
  ['/v1/artifacts?room_id=lobby', {}, '401 200 403 200 403 403 200 200', '='],
  ['/v1/artifacts?dm_id=dm-alpha', {}, '401 200 403 200 403 403 200 403', '='],
  ['/v1/artifacts', {}, '401 422 403 422 403 403 422 422', '='],
  ['/v1/messages', message({ type: 'human', id: 'ann' }, den), '401 403 202 403 403 403 403 403', '='],
  ['/v1/messages', message({ type: 'agent', id: 'alpha' }, den), '401 403 403 403 403 403 202 409', '='],
  ['/v1/messages', message({ type: 'agent', id: 'beta' }, den), '401 403 409 403 403 403 403 403', '='],
  [
    '/v1/messages',
    message({ type: 'human', id: 'ann' }, { kind: 'room', room_id: 'nowhere' }),
    '401 403 404 403 403 403 403 403',
    '=',
  ],
  [
    '/v1/messages',
    message({ type: 'human', id: 'ann' }, { kind: 'planet' }),
    '401 403 422 403 403 422 422 422',
    '=',
  ],
  [
    '/v1/messages/preview',
    message({ type: 'human', id: 'ann' }, den),
    '401 403 200 403 403 403 403 403',
    '=',
  ],
  [
    '/v1/messages/preview',
    message({ type: 'agent', id: 'alpha' }, den),
    '401 403 403 403 403 403 200 409',
    '=',
  ],
  [
    '/v1/agents/register',
    { body: { requested_agent_id: 'beta' } },
    '401 403 403 200 403 403 403 403',
    '409 403 403 200 409 403 403 200',
  ],
  ['/v1/agents/nobody', { method: 'DELETE' }, '401 403 403 404 403 403 403 403', '='],
  ['/v1/agents/nobody/reset-token', { method: 'POST' }, '401 403 403 404 403 403 403 403', '='],
  ['/v1/messages/nothing/deliveries', {}, '401 404 403 404 403 403 404 404', '='],
  ['/v1/agents/alpha/wakes', {}, '401 200 403 200 403 403 200 403', '='],
  ['/v1/wakes', {}, '401 200 403 200 403 403 403 403', '='],
  ...(['approve', 'dismiss', 'retry', 'publish'] as const).map((action): (typeof TABLE)[number] => [
    `/v1/wakes/wake_nothing/${action}`,
    { method: 'POST' },
    '401 403 403 404 403 403 403 403',
    '=',
  ]),
  ['/v1/apply', { body: {} }, '401 403 403 200 403 403 403 403', '='],
  ['/v1/pairings', {}, '401 200 403 200 403 403 403 403', '='],
  ['/v1/attach', {}, '401 403 403 403 400 403 400 400', '400 403 403 403 400 403 400 400'],
  [
    '/v1/events/stream',
    { method: 'HEAD' },
    '401 200 403 200 403 403 403 403',
    '200 200 200 200 200 200 200 200',
  ],
  ['/console/', {}, '401 200 403 200 403 403 403 403', '200 200 200 200 200 200 200 200'],
  ['/install.md', {}, '401 200 403 200 403 403 403 403', '200 200 200 200 200 200 200 200'],
  ['/llms.txt', {}, '401 200 403 200 403 403 403 403', '200 200 200 200 200 200 200 200'],
  ['/skill.md', {}, '401 200 200 200 200 403 200 200', '200 200 200 200 200 200 200 200'],
]

const betaKey = (token: string) => `agent-token:${Bun.SHA256.hash(token, 'hex')}`
const betaToken = `magt_v1_${'b'.repeat(43)}`

async function start(auth: Record<string, unknown>): Promise<TestServer> {
  const server = await startServer({
    storage: 'memory',
    consoleAssets: [
      { path: '/index.html', contentType: 'text/html', body: '<p>console</p>', immutable: false },
    ],
    config: {
      rooms,
      auth: { ...auth, tokens: [...tokens, { id: 'root', value: 'root-token', scopes: ['admin', 'write'] }] },
    },
  })
  const asRoot = (path: string, body: unknown) => server.request(path, { body, token: 'root-token' })
  const agents = [{ id: 'beta', credential_key: betaKey(betaToken) }]
  expect((await asRoot('/v1/apply', { agents })).status).toBe(200)
  const ann = { type: 'human', id: 'ann' }
  for (const target of [
    { kind: 'thread', room_id: 'den', thread_id: 'den-1' },
    { kind: 'dm', dm_id: 'dm-alpha', participant_ids: ['ann', 'alpha'] },
  ])
    expect((await asRoot('/v1/messages', message(ann, target).body)).status).toBe(202)
  return server
}

function tokenOf(column: string): string | undefined {
  if (column === 'nobody') return undefined
  return column === 'agent beta' ? betaToken : `${column.replace(' ', '-')}-token`
}

const modes = {
  closed: { mode: 'bearer' },
  open: { mode: 'open' },
}

for (const [mode, auth] of Object.entries(modes))
  describe(`in a network that is ${mode}`, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await start(auth)
    })
    afterAll(() => server.stop())

    for (const [path, call, closed, open] of TABLE) {
      const expected = mode === 'open' && open !== '=' ? open : closed
      test(`${call.method ?? (call.body === undefined ? 'GET' : 'POST')} ${path}: ${expected}`, async () => {
        const seen: string[] = []
        for (const column of COLUMNS)
          seen.push(String((await server.request(path, { ...call, token: tokenOf(column) })).status))
        expect(seen.join(' ')).toBe(expected)
      })
    }
  })

test('every route of the server stands in the table', () => {
  const methodOf = (call: Call) => call.method ?? (call.body === undefined ? 'GET' : 'POST')
  const asked = TABLE.map(([path, call]) => `${methodOf(call)} ${path.split('?')[0]}`)
  // These ask for no credential: they redirect, make or end a session, or say the same to everybody.
  const free = [
    'GET /',
    'GET /console',
    'POST /console/session',
    'DELETE /console/session',
    'GET /openapi.json',
  ]
  const missing = Object.keys(OPERATIONS).filter((route) => {
    const form = route
      .replace('GET ', '(GET|HEAD) ')
      .replace(/\{\w+\}/g, '[^/]+')
      .replace('*', '.*')
    return !free.includes(route) && !asked.some((one) => new RegExp(`^${form}$`).test(one))
  })
  expect(missing).toEqual([])
})
