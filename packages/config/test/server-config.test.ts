import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  defaultServerConfig,
  isLoopbackHost,
  loadServerConfig,
  ownOrigins,
  parseListenAddress,
  parseServerConfig,
  SERVER_VARIABLES,
} from '../src/server.ts'
import { faultLines, put, temporaryFolder } from './support.ts'

const DAY = 86_400_000

test('the defaults are those of the contract', () => {
  expect(defaultServerConfig({ cwd: '/srv' })).toMatchObject({
    network: { id: 'local', name: 'Local Moltnet' },
    server: {
      listen: { host: null, port: 8787, exposure: 'loopback' },
      allowInsecure: false,
      allowedHosts: [],
      humanIngress: true,
      directMessages: true,
      debugEvents: false,
      allowedOrigins: ['http://localhost:8787', 'http://127.0.0.1:8787', 'http://[::1]:8787'],
      trustForwardedProto: false,
      trustedProxies: [],
      console: {},
    },
    auth: { mode: 'none', publicRead: false, agentRegistration: 'disabled', tokens: [] },
    storage: {
      kind: 'sqlite',
      path: '/srv/.moltnet/moltnet.db',
      events: { maxAgeMs: 30 * DAY, consumerTtlMs: 90 * DAY },
    },
    delivery: { maxAttempts: 5, expireTargetedMs: 7 * DAY, expireOtherMs: DAY },
    guards: { chainSoft: 10, chainHard: 30, turnsPerMinute: 12, turnsPerHour: 240 },
    rooms: [],
    pairings: [],
    features: [],
  })
})

test('an empty file, an empty block and a key without a value mean the defaults', async () => {
  const empty = await parseServerConfig('# nothing\n', { cwd: '/srv' })
  expect(empty.config).toEqual(defaultServerConfig({ cwd: '/srv' }))
  const blocks = await parseServerConfig('server:\nrooms:\nauth:\n  tokens:\nstorage: {}', { cwd: '/srv' })
  expect(blocks.config).toEqual(defaultServerConfig({ cwd: '/srv' }))
})

test('a full file becomes a full configuration', async () => {
  const text = `
network: {id: net_a, name: Net A}
server:
  listen_addr: 10.0.0.5:9000
  allowed_hosts: [Chat.Example.com, chat.example.com]
  allowed_origins: ["https://Chat.example.com:443/"]
  trusted_proxies: [10.0.0.0/8, "::1"]
  limits:
    messages: {per_minute: 60}
    attaches: off
    registrations: {per_minute: 5, burst: 50}
    stall: 5s
auth:
  mode: bearer
  public_read: true
  agent_registration: token
  tokens:
    - {id: op, value: abc, scopes: [observe, write, observe]}
    - {value_env: ATTACH, scopes: [attach], agents: [a, b, a]}
    - {id: pair, value: xyz, scopes: [pair], network: net_b, expires_at: "2030-01-31T13:00:00+01:00"}
storage:
  sqlite: {path: /data/x.db}
  events: {max_age: 90s, max_count: 5000, consumer_ttl: 15m}
delivery: {max_attempts: 1, expire_targeted: 24h, expire_other: 30d}
rooms:
  - {id: general, members: [a, "net_b:c", a]}
  - {id: open, name: Open Room, visibility: public, write_policy: operators, guards: {chain_hard: 12}}
pairings:
  - {id: p, remote_base_url: "https://b.example/base//", remote_network_id: net_b, token: tok, status: connected}
`
  const { config, warnings } = await parseServerConfig(text, {
    features: 'all',
    env: { ATTACH: 'attach-token' },
  })
  const sha256 = (value: string): string => createHash('sha256').update(value).digest('hex')
  expect(warnings).toEqual([])
  expect(config.server.listen).toEqual({ host: '10.0.0.5', port: 9000, exposure: 'network' })
  expect(config.server.allowedHosts).toEqual(['chat.example.com'])
  expect(config.server.allowedOrigins).toEqual(['https://chat.example.com'])
  expect(config.server.limits).toMatchObject({
    messages: { perMinute: 60, burst: 60 },
    attaches: undefined,
    registrations: { perMinute: 5, burst: 50 },
    stallMs: 5_000,
  })
  expect(config.auth).toMatchObject({ mode: 'bearer', publicRead: true, agentRegistration: 'token' })
  expect(config.auth.tokens.map((token) => ({ ...token }))).toEqual([
    { id: 'op', sha256: sha256('abc'), scopes: ['observe', 'write'] },
    {
      id: `tok_${sha256('attach-token').slice(0, 16)}`,
      sha256: sha256('attach-token'),
      scopes: ['attach'],
      agents: ['a', 'b'],
    },
    {
      id: 'pair',
      sha256: sha256('xyz'),
      scopes: ['pair'],
      network: 'net_b',
      expiresAtMs: Date.UTC(2030, 0, 31, 12),
    },
  ] as never)
  expect(JSON.stringify(config.auth)).not.toContain('abc')
  expect(config.storage).toEqual({
    kind: 'sqlite',
    path: '/data/x.db',
    events: { maxAgeMs: 90_000, maxCount: 5_000, consumerTtlMs: 900_000 },
  })
  expect(config.delivery).toEqual({ maxAttempts: 1, expireTargetedMs: DAY, expireOtherMs: 30 * DAY })
  expect(config.rooms).toEqual([
    {
      id: 'general',
      name: 'general',
      members: ['a', 'net_b:c'],
      visibility: 'private',
      writePolicy: 'members',
    },
    {
      id: 'open',
      name: 'Open Room',
      members: [],
      visibility: 'public',
      writePolicy: 'operators',
      guards: { chainHard: 12 },
    },
  ] as never)
  expect(config.pairings).toMatchObject([
    { id: 'p', remoteBaseUrl: 'https://b.example/base', token: 'tok' },
  ] as never)
})

test('open mode implies public reading and open registration, unless the file says otherwise', async () => {
  const open = await parseServerConfig('auth: {mode: open}')
  expect(open.config.auth).toMatchObject({ publicRead: true, agentRegistration: 'open' })
  const closed = await parseServerConfig('auth: {mode: open, public_read: false, agent_registration: token}')
  expect(closed.config.auth).toMatchObject({ publicRead: false, agentRegistration: 'token' })
})

test('warns of tokens that nobody looks at, of expired ones and of a data_path that is not used', async () => {
  const text = `
server: {data_path: old.json}
storage: {kind: memory}
auth: {tokens: [{value: a, scopes: [write], expires_at: "2020-01-01T00:00:00Z"}]}`
  expect((await parseServerConfig(text)).warnings).toEqual([
    'auth.tokens: no token is looked at because auth.mode is none',
    'auth.tokens[0].expires_at: the token has expired and is refused',
    'server.data_path: is not used because storage.kind is set',
  ])
})

describe('the listen address', () => {
  test.each<[string, { host: string | null; port: number }]>([
    [':8787', { host: null, port: 8787 }],
    [':0', { host: null, port: 0 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['127.0.0.1:65535', { host: '127.0.0.1', port: 65535 }],
    ['[::1]:8787', { host: '::1', port: 8787 }],
    ['chat.example.com:443', { host: 'chat.example.com', port: 443 }],
    ['my_container:1', { host: 'my_container', port: 1 }],
  ])('%s is read', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address)
  })

  test.each([
    '',
    ':',
    '8787',
    'a',
    ':99999',
    'a b:1',
    'http://x:1',
    '::1:80',
    '[::1]',
    '[x]:1',
    '*:1',
    '1.2.3:4',
    ':8o80',
    'x:-1',
    '-a:1',
  ])('%p is refused', (text) => {
    expect(typeof parseListenAddress(text)).toBe('string')
  })

  test.each([
    'localhost',
    'LOCALHOST',
    'a.localhost',
    'localhost.',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '0:0::1',
    '::ffff:127.0.0.1',
  ])('%s is loopback', (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  })
  test.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'example.com',
    '128.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    'localhost.example.com',
    '127.0.0.1.example.com',
  ])('%s is not loopback', (host) => {
    expect(isLoopbackHost(host)).toBe(false)
  })

  test('an empty host means loopback without authentication and every interface with it', async () => {
    expect((await parseServerConfig('')).config.server.listen.exposure).toBe('loopback')
    expect((await parseServerConfig('auth: {mode: open}')).config.server.listen.exposure).toBe('network')
    const insecure = await parseServerConfig('server: {allow_insecure: true}')
    expect(insecure.config.server.listen.exposure).toBe('loopback')
  })

  test('an open host is allowed with authentication or with allow_insecure', async () => {
    const insecure = await parseServerConfig('server: {listen_addr: "0.0.0.0:1", allow_insecure: true}')
    expect(insecure.config.server.listen.exposure).toBe('network')
    const open = await parseServerConfig('server: {listen_addr: "0.0.0.0:1"}\nauth: {mode: open}')
    expect(open.config.server.listen.exposure).toBe('network')
  })

  test('origins follow from it', () => {
    expect(ownOrigins({ host: '10.0.0.5', port: 9000 })).toEqual(['http://10.0.0.5:9000'])
    expect(ownOrigins({ host: 'chat.example.com', port: 80 })).toEqual(['http://chat.example.com'])
    expect(ownOrigins({ host: 'fd00::1', port: 1 })).toEqual(['http://[fd00::1]:1'])
    expect(ownOrigins({ host: '0.0.0.0', port: 1 })).toContain('http://localhost:1')
  })
})

describe('the environment', () => {
  const withEnv = (env: Record<string, string>, text = '') =>
    parseServerConfig(text, { env, features: 'all', cwd: '/srv' })

  test('wins over the file', async () => {
    const file = `
network: {id: file, name: File}
server: {listen_addr: ":1", human_ingress: true, direct_messages: true, debug_events: false}`
    const { config } = await withEnv(
      {
        MOLTNET_LISTEN_ADDR: '127.0.0.1:2',
        MOLTNET_NETWORK_ID: 'env',
        MOLTNET_NETWORK_NAME: 'Env',
        MOLTNET_ALLOW_HUMAN_INGRESS: 'no',
        MOLTNET_ALLOW_DIRECT_MESSAGES: 'OFF',
        MOLTNET_DEBUG_EVENTS: '1',
        MOLTNET_ALLOW_INSECURE: 'yes',
        MOLTNET_CONSOLE_ANALYTICS_PROVIDER: 'google',
        MOLTNET_CONSOLE_ANALYTICS_MEASUREMENT_ID: 'G-7',
      },
      file,
    )
    expect(config.network).toMatchObject({ id: 'env', name: 'Env' })
    expect(config.server).toMatchObject({
      listen: { host: '127.0.0.1', port: 2 },
      humanIngress: false,
      directMessages: false,
      debugEvents: true,
      allowInsecure: true,
      console: { analytics: { provider: 'google', measurementId: 'G-7' } },
    })
  })

  test('a blank variable is not set', async () => {
    const blank = Object.fromEntries(SERVER_VARIABLES.map((name) => [name, ' ']))
    expect((await withEnv(blank)).config).toEqual(defaultServerConfig({ cwd: '/srv' }))
  })

  const OLD = 'server: {data_path: d.json}'
  test.each<[string, [env: Record<string, string>, text?: string], storage: Record<string, unknown>]>([
    [
      'a SQLite path',
      [{ MOLTNET_SQLITE_PATH: 'a' }, 'storage: {kind: memory}'],
      { kind: 'sqlite', path: '/srv/a' },
    ],
    [
      'a Postgres DSN',
      [{ MOLTNET_POSTGRES_DSN: 'postgres://h/d' }],
      { kind: 'postgres', dsn: 'postgres://h/d' },
    ],
    ['a JSON path', [{ MOLTNET_JSON_PATH: '/a.json' }], { kind: 'json', path: '/a.json' }],
    ['a data path', [{ MOLTNET_DATA_PATH: 'old.json' }], { kind: 'json', path: '/srv/old.json' }],
    [
      'a JSON path over a data path',
      [{ MOLTNET_DATA_PATH: 'o', MOLTNET_JSON_PATH: 'n' }],
      { kind: 'json', path: '/srv/n' },
    ],
    [
      'a kind over a path',
      [{ MOLTNET_STORAGE_KIND: 'memory', MOLTNET_SQLITE_PATH: 'a' }],
      { kind: 'memory' },
    ],
    [
      'a kind and its path',
      [{ MOLTNET_STORAGE_KIND: 'json', MOLTNET_JSON_PATH: '/j' }],
      { kind: 'json', path: '/j' },
    ],
    [
      'the kind json alone',
      [{ MOLTNET_STORAGE_KIND: 'json' }],
      { kind: 'json', path: '/srv/.moltnet/state.json' },
    ],
    ['an old data_path', [{}, OLD], { kind: 'json', path: '/srv/d.json' }],
    ['a kind over an old data_path', [{ MOLTNET_STORAGE_KIND: 'memory' }, OLD], { kind: 'memory' }],
  ])('%s selects the storage', async (_name, [env, text], storage) => {
    expect((await withEnv(env, text)).config.storage).toMatchObject(storage)
  })

  test('pairings come from JSON and replace those of the file', async () => {
    const env = { MOLTNET_PAIRINGS_JSON: '[{"id": "e", "remote_base_url": "http://e"}]' }
    const { config } = await withEnv(env, 'pairings: [{id: f, remote_base_url: "http://f"}]')
    expect(config.pairings.map((pairing) => pairing.id as string)).toEqual(['e'])
  })

  test.each<[Record<string, string>, string[]]>([
    [
      { MOLTNET_LISTEN_ADDR: '8787' },
      ['MOLTNET_LISTEN_ADDR: server.listen_addr: must be host:port; write ":8787"'],
    ],
    [
      { MOLTNET_DEBUG_EVENTS: 'maybe' },
      ['MOLTNET_DEBUG_EVENTS: server.debug_events: must be 1, true, yes or on, or 0, false, no or off'],
    ],
    [
      { MOLTNET_STORAGE_KIND: 'mysql' },
      ['MOLTNET_STORAGE_KIND: storage.kind: must be one of memory, json, sqlite, postgres, not "mysql"'],
    ],
    [
      { MOLTNET_STORAGE_KIND: 'postgres' },
      ['environment: storage.postgres.dsn: is required for storage.kind postgres'],
    ],
    [
      { MOLTNET_SQLITE_PATH: 'a', MOLTNET_POSTGRES_DSN: 'postgres://b/c' },
      [
        'MOLTNET_SQLITE_PATH: storage.kind: together with MOLTNET_POSTGRES_DSN it is not clear which storage is meant; set MOLTNET_STORAGE_KIND',
      ],
    ],
    [
      { MOLTNET_CONSOLE_ANALYTICS_PROVIDER: 'google' },
      ['MOLTNET_CONSOLE_ANALYTICS_PROVIDER: server.console.analytics.provider: needs measurement_id as well'],
    ],
    [
      { MOLTNET_PAIRINGS_JSON: '[{"id": "a"},\n {"id": "a", "remote_base_url": "http://x", "q": 1}]' },
      [
        'MOLTNET_PAIRINGS_JSON:1:2: pairings[0].remote_base_url: is required',
        'MOLTNET_PAIRINGS_JSON:2:9: pairings[1].id: a stands in pairings[0] already',
        'MOLTNET_PAIRINGS_JSON:2:45: pairings[1].q: unknown key (allowed: id, remote_base_url, remote_network_id, remote_network_name, token, status)',
      ],
    ],
    [
      { MOLTNET_PAIRINGS_JSON: '[{' },
      ['MOLTNET_PAIRINGS_JSON:1:3: pairings: expected a key in double quotes'],
    ],
    [{ MOLTNET_PAIRINGS_JSON: '{}' }, ['MOLTNET_PAIRINGS_JSON:1:1: pairings: must be a list, not a mapping']],
  ])('a wrong variable is named: %p', async (env, faults) => {
    const folder = await temporaryFolder()
    expect(await faultLines(loadServerConfig({ cwd: folder, env, features: 'all' }))).toEqual(faults)
  })

  test('faults of the file and of variables come together', async () => {
    const lines = await faultLines(withEnv({ MOLTNET_NETWORK_ID: 'a b' }, 'network: {id: fine, nam: x}'))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toStartWith('Moltnet:1:21: network.nam: unknown key')
    expect(lines[1]).toStartWith('MOLTNET_NETWORK_ID: network.id: must start with')
  })

  test('also when the file cannot be read to its end', async () => {
    const lines = await faultLines(withEnv({ MOLTNET_DEBUG_EVENTS: '?' }, 'a: "'))
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['Moltnet:1:5:', 'MOLTNET_DEBUG_EVENTS:'])
  })

  test('a variable does not hide that its block is no mapping', async () => {
    const lines = await faultLines(withEnv({ MOLTNET_NETWORK_ID: 'x' }, 'network: [1]'))
    expect(lines).toEqual(['Moltnet:1:10: network: must be a mapping of keys, not a list'])
  })

  test('a token from a variable is checked without being shown', async () => {
    const text = 'auth: {tokens: [{value_env: T, scopes: [write]}]}'
    expect(await faultLines(withEnv({ T: '' }, text))).toEqual([
      'Moltnet:1:29: auth.tokens[0].value_env: the variable T is empty',
    ])
    const odd = await faultLines(withEnv({ T: 'top secret' }, text))
    expect(odd).toEqual([
      'Moltnet:1:29: auth.tokens[0].value_env: the variable T holds no token: there are spaces or special characters in it',
    ])
  })
})

describe('finding the file', () => {
  const named = (id: string, json = false): string =>
    json ? `{"network": {"id": "${id}"}}` : `network: {id: ${id}}`

  test('takes an explicit path, then the variable, then the usual names in their order', async () => {
    const cwd = await temporaryFolder()
    const found = async (options: { path?: string; env?: Record<string, string> } = {}): Promise<string> =>
      (await loadServerConfig({ cwd, env: {}, ...options })).config.network.id
    expect(await found()).toBe('local')
    await put(cwd, 'moltnet.json', named('json', true))
    expect(await found()).toBe('json')
    await put(cwd, 'moltnet.yml', named('yml'))
    expect(await found()).toBe('yml')
    await put(cwd, 'moltnet.yaml', named('yaml'))
    expect(await found()).toBe('yaml')
    await put(cwd, 'Moltnet', named('plain'))
    expect(await found()).toBe('plain')
    await put(cwd, 'other/v.yaml', named('variable'))
    expect(await found({ env: { MOLTNET_CONFIG: 'other/v.yaml' } })).toBe('variable')
    await put(cwd, 'e.json', named('explicit', true))
    expect(await found({ path: 'e.json', env: { MOLTNET_CONFIG: 'other/v.yaml' } })).toBe('explicit')
  })

  test('gives the absolute path, and none when there is no file', async () => {
    const cwd = await temporaryFolder()
    expect((await loadServerConfig({ cwd, env: {} })).path).toBeUndefined()
    await put(cwd, 'Moltnet', '')
    expect((await loadServerConfig({ cwd, env: {} })).path).toBe(join(cwd, 'Moltnet'))
  })

  test('does not take a folder or a name in other letters for the file', async () => {
    const cwd = await temporaryFolder()
    await mkdir(join(cwd, 'Moltnet'))
    await put(cwd, 'moltnet', 'the program, not the file')
    expect((await loadServerConfig({ cwd, env: {} })).path).toBeUndefined()
  })

  test('a named file that is not there is a fault that names it', async () => {
    const cwd = await temporaryFolder()
    expect(await faultLines(loadServerConfig({ cwd, env: { MOLTNET_CONFIG: 'x/y' } }))).toEqual([
      'x/y: there is no such file',
    ])
    expect(await faultLines(loadServerConfig({ path: '.', cwd, env: {} }))).toEqual([
      '.: is a directory, not a file',
    ])
  })

  test('text that is not UTF-8, or far too long, is refused', async () => {
    const cwd = await temporaryFolder()
    await put(cwd, 'Moltnet', Uint8Array.of(0x61, 0x3a, 0x20, 0xff))
    expect(await faultLines(loadServerConfig({ cwd, env: {} }))).toEqual(['Moltnet: is not UTF-8 text'])
    await put(cwd, 'Moltnet', '#'.repeat(1_048_577))
    expect(await faultLines(loadServerConfig({ cwd, env: {} }))).toEqual([
      'Moltnet: is larger than 1048576 bytes',
    ])
  })

  test('a byte order mark is no part of the text', async () => {
    const cwd = await temporaryFolder()
    await put(cwd, 'Moltnet', '\ufeffnetwork: {id: x, nam: y}')
    expect(await faultLines(loadServerConfig({ cwd, env: {} }))).toEqual([
      'Moltnet:1:18: network.nam: unknown key (did you mean name?)',
    ])
  })
})
