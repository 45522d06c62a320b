import { describe, expect, test } from 'bun:test'
import { parseServerConfig } from '../src/server.ts'
import { faultLines } from './support.ts'

/** Faults of a text that is meant for a build that has everything, unless said otherwise. */
function faultsOf(text: string, env: Record<string, string> = {}, file = 'Moltnet'): Promise<string[]> {
  return faultLines(parseServerConfig(text, { features: 'all', env, file }))
}

const DURATION = 'must be a duration: a whole number and s, m, h or d, such as 15m'
const TOKEN = 'must be a token: not empty, without spaces, line breaks or special characters'
const LINE = 'must be one line of text that is not empty'
const ID =
  'must start with a letter or digit and hold only letters, digits and . _ : - (at most 128 characters)'
const OTHERS =
  'and auth.mode none checks nobody: set auth.mode to bearer or open, or server.allow_insecure to true'

describe('one fault, with its line and column', () => {
  const table: [name: string, text: string, fault: string][] = [
    ['a wrong version', 'version: moltnet.v2', '1:10: version: must be moltnet.v1, not "moltnet.v2"'],
    ['a list as the file', '- a', '1:1: must be a mapping of keys, not a list'],
    ['text as the file', 'hello', '1:1: must be a mapping of keys, not text'],
    [
      'a mistyped key',
      'server:\n  listen_adr: ":1"',
      '2:3: server.listen_adr: unknown key (did you mean listen_addr?)',
    ],
    [
      'a key that is like no other',
      'delivery: {wibble: 1}',
      '1:12: delivery.wibble: unknown key (allowed: max_attempts, expire_targeted, expire_other)',
    ],
    ['a key in capitals', 'Network: {}', '1:1: Network: unknown key (did you mean network?)'],
    ['a block that is text', 'network: local', '1:10: network: must be a mapping of keys, not text'],
    [
      'a number as a name',
      'network: {name: 42}',
      '1:17: network.name: must be text, not a number (put it in quotes)',
    ],
    ['an id with a space', 'network:\n  id: my net', `2:7: network.id: ${ID}`],
    ['a name of two lines', 'network: {name: "a\\nb"}', `1:17: network.name: ${LINE}`],
    ['a blank name', 'network: {name: "  "}', `1:17: network.name: ${LINE}`],
    ['a name without a value', 'network:\n  name:', '2:3: network.name: has no value; it must be text'],
    [
      'yes as a switch',
      'server: {human_ingress: yes}',
      '1:25: server.human_ingress: must be true or false, not text (write true without quotes)',
    ],
    [
      'a number as a switch',
      'server: {debug_events: 1}',
      '1:24: server.debug_events: must be true or false, not a number',
    ],
    [
      'a port alone',
      'server: {listen_addr: "8787"}',
      '1:23: server.listen_addr: must be host:port; write ":8787"',
    ],
    [
      'an address without a port',
      'server: {listen_addr: localhost}',
      '1:23: server.listen_addr: must be host:port, such as :8787, 127.0.0.1:8787 or [::1]:8787',
    ],
    [
      'a port that is too high',
      'server: {listen_addr: ":65536"}',
      '1:23: server.listen_addr: must have a port of at most 65535, not 65536',
    ],
    [
      'an IPv6 address without brackets',
      'server: {listen_addr: "::1:8787"}',
      '1:23: server.listen_addr: must have [ and ] around an IPv6 address, such as [::1]:8787',
    ],
    [
      'no address in the brackets',
      'server: {listen_addr: "[localhost]:1"}',
      '1:23: server.listen_addr: must have an IPv6 address between [ and ]',
    ],
    [
      'a star as host',
      'server: {listen_addr: "*:1"}',
      '1:23: server.listen_addr: must not have * as host; leave the host out for all interfaces',
    ],
    [
      'an IPv4 address that is none',
      'server: {listen_addr: "256.1.1.1:1"}',
      '1:23: server.listen_addr: must have a host name or an IP address before the port',
    ],
    [
      'an open host without authentication',
      'server:\n  listen_addr: 0.0.0.0:8787',
      `2:16: server.listen_addr: others can reach the host 0.0.0.0, ${OTHERS}`,
    ],
    [
      'an open IPv6 host without authentication',
      'server: {listen_addr: "[::]:8787"}',
      `1:23: server.listen_addr: others can reach the host ::, ${OTHERS}`,
    ],
    [
      'a host name without authentication',
      'server: {listen_addr: "chat.example.com:80"}',
      `1:23: server.listen_addr: others can reach the host chat.example.com, ${OTHERS}`,
    ],
    [
      'an origin with a path',
      'server: {allowed_origins: ["http://a.example/x"]}',
      '1:28: server.allowed_origins[0]: must be an origin such as https://chat.example.com: http or https, a host and maybe a port, no path',
    ],
    [
      'text where a list belongs',
      'server: {allowed_hosts: chat.example.com}',
      '1:25: server.allowed_hosts: must be a list, not text (write [a, b])',
    ],
    [
      'an allowed host with a port',
      'server:\n  allowed_hosts:\n    - a.example\n    - b.example:80',
      '4:7: server.allowed_hosts[1]: must be a host name such as chat.example.com, without scheme, port and path',
    ],
    [
      'a proxy block that is too wide',
      'server: {trusted_proxies: [10.0.0.0/33]}',
      '1:28: server.trusted_proxies[0]: must be an IP address or a block such as 10.0.0.0/8 or fd00::/8',
    ],
    [
      'analytics without an id',
      'server: {console: {analytics: {provider: google}}}',
      '1:32: server.console.analytics.provider: needs measurement_id as well',
    ],
    [
      'analytics without a provider',
      'server:\n  console:\n    analytics:\n      measurement_id: G-AB12',
      '4:7: server.console.analytics.measurement_id: needs provider as well',
    ],
    [
      'an analytics id of another form',
      'server: {console: {analytics: {provider: google, measurement_id: UA-1}}}',
      '1:66: server.console.analytics.measurement_id: must start with G- followed by capital letters and digits',
    ],
    [
      'a limit that is no rate',
      'server: {limits: {messages: 5}}',
      '1:29: server.limits.messages: must be off, or per_minute and maybe burst',
    ],
    [
      'a mistyped key of a rate',
      'server: {limits: {messages: {per_minute: 5, brust: 1}}}',
      '1:45: server.limits.messages.brust: unknown key (did you mean burst?)',
    ],
    [
      'a body larger than the contract allows',
      'server: {limits: {body_bytes: 2000000}}',
      '1:31: server.limits.body_bytes: must be at most 1048576',
    ],
    [
      'an unknown auth mode',
      'auth: {mode: oepn}',
      '1:14: auth.mode: must be one of none, bearer, open, not "oepn" (did you mean open?)',
    ],
    [
      'bearer without tokens',
      'auth:\n  mode: bearer',
      '2:9: auth.mode: bearer needs at least one token in auth.tokens',
    ],
    [
      'a token without a value',
      'auth: {tokens: [{scopes: [write]}]}',
      '1:17: auth.tokens[0].value: is required (or value_env)',
    ],
    [
      'a token without scopes',
      'auth:\n  tokens:\n    - value: abc',
      '3:7: auth.tokens[0].scopes: is required',
    ],
    [
      'a token without any scope',
      'auth: {tokens: [{value: a, scopes: []}]}',
      '1:36: auth.tokens[0].scopes: must not be empty',
    ],
    [
      'an unknown scope',
      'auth: {tokens: [{value: a, scopes: [observe, reed]}]}',
      '1:46: auth.tokens[0].scopes[1]: must be one of observe, write, admin, attach, pair, not "reed"',
    ],
    [
      'an empty token',
      'auth: {tokens: [{value: "", scopes: [write]}]}',
      `1:25: auth.tokens[0].value: ${TOKEN}`,
    ],
    [
      'a token of two words',
      'auth: {tokens: [{value: a b, scopes: [write]}]}',
      `1:25: auth.tokens[0].value: ${TOKEN}`,
    ],
    [
      'a value in two ways',
      'auth: {tokens: [{value: a, value_env: A, scopes: [write]}]}',
      '1:28: auth.tokens[0].value_env: must not stand beside value',
    ],
    [
      'a variable that is not set',
      'auth: {tokens: [{value_env: NOT_SET, scopes: [write]}]}',
      '1:29: auth.tokens[0].value_env: the variable NOT_SET is not set',
    ],
    [
      'an empty list of agents',
      'auth: {tokens: [{value: a, scopes: [attach], agents: []}]}',
      '1:54: auth.tokens[0].agents: must not be empty',
    ],
    [
      'a network on a token that does not pair',
      'auth: {tokens: [{value: a, scopes: [write], network: net_b}]}',
      '1:45: auth.tokens[0].network: is only used with the scope pair',
    ],
    [
      'an expiry that is no time',
      'auth: {tokens: [{value: a, scopes: [write], expires_at: tomorrow}]}',
      '1:57: auth.tokens[0].expires_at: must be a time such as 2030-01-31T12:00:00Z',
    ],
    [
      'two tokens with one id',
      'auth:\n  tokens:\n    - {id: x, value: a, scopes: [write]}\n    - {id: x, value: b, scopes: [write]}',
      '4:12: auth.tokens[1].id: x is the id of auth.tokens[0] already',
    ],
    [
      'one value in two tokens',
      'auth:\n  tokens:\n    - {id: x, value: same, scopes: [write]}\n    - {id: y, value: same, scopes: [admin]}',
      '4:22: auth.tokens[1].value: is the same token as auth.tokens[0]',
    ],
    [
      'an unknown storage',
      'storage:\n  kind: sqlite3',
      '2:9: storage.kind: must be one of memory, json, sqlite, postgres, not "sqlite3" (did you mean sqlite?)',
    ],
    [
      'sqlite in memory',
      'storage: {sqlite: {path: ":memory:"}}',
      '1:26: storage.sqlite.path: must be the path of a file (for a throw-away server use storage.kind memory)',
    ],
    [
      'json without a path',
      'storage: {kind: json}',
      '1:10: storage.json.path: is required for storage.kind json',
    ],
    [
      'postgres without a connection string',
      'storage:\n  kind: postgres',
      '2:3: storage.postgres.dsn: is required for storage.kind postgres',
    ],
    [
      'a connection string of another database',
      'storage: {postgres: {dsn: "mysql://x"}}',
      '1:27: storage.postgres.dsn: must be a connection string such as postgres://user@host/name',
    ],
    [
      'a number as a duration',
      'storage: {events: {max_age: 30}}',
      `1:29: storage.events.max_age: ${DURATION}`,
    ],
    [
      'a duration without a unit',
      'storage: {events: {consumer_ttl: "90"}}',
      `1:34: storage.events.consumer_ttl: ${DURATION}`,
    ],
    ['a duration of nothing', 'delivery: {expire_other: 0s}', `1:26: delivery.expire_other: ${DURATION}`],
    ['no attempt', 'delivery: {max_attempts: 0}', '1:26: delivery.max_attempts: must be at least 1'],
    [
      'half an attempt',
      'delivery: {max_attempts: 1.5}',
      '1:26: delivery.max_attempts: must be a whole number, not this number',
    ],
    [
      'a count of the event log that is none',
      'storage: {events: {max_count: all}}',
      '1:31: storage.events.max_count: must be none, or a whole number from 1',
    ],
    [
      'a soft guard above the hard one',
      'guards: {chain_soft: 31}',
      '1:22: guards.chain_soft: chain_soft (31) must not be more than chain_hard (30)',
    ],
    [
      'a soft guard of a room above the hard one',
      'rooms: [{id: r, guards: {chain_hard: 5}}]',
      '1:38: rooms[0].guards.chain_hard: chain_soft (10) must not be more than chain_hard (5)',
    ],
    ['a room without an id', 'rooms:\n  - name: x', '2:5: rooms[0].id: is required'],
    ['an empty entry', 'rooms:\n  -\n', '2:4: rooms[0]: has no value; it must be a mapping of keys'],
    ['a room as text', 'rooms: [general]', '1:9: rooms[0]: must be a mapping of keys, not text'],
    [
      'two rooms with one id',
      'rooms:\n  - id: a\n  - id: b\n  - id: a',
      '4:9: rooms[2].id: a stands in rooms[0] already',
    ],
    [
      'a member that is no agent',
      'rooms: [{id: a, members: ["x y"]}]',
      '1:27: rooms[0].members[0]: must be an agent id: alpha, net_a:alpha or molt://net_a/agents/alpha',
    ],
    [
      'an unknown visibility',
      'rooms: [{id: a, visibility: hidden}]',
      '1:29: rooms[0].visibility: must be one of private, public, not "hidden"',
    ],
    ['a pairing without a URL', 'pairings: [{id: p}]', '1:12: pairings[0].remote_base_url: is required'],
    [
      'a pairing over ftp',
      'pairings: [{id: p, remote_base_url: "ftp://x"}]',
      '1:37: pairings[0].remote_base_url: must be a URL with http or https and a host',
    ],
    [
      'a URL with a password',
      'pairings: [{id: p, remote_base_url: "https://u:p@x"}]',
      '1:37: pairings[0].remote_base_url: must not hold a user name or password: use a token key',
    ],
    [
      'two pairings with one id',
      'pairings: [{id: p, remote_base_url: "http://x"}, {id: p, remote_base_url: "http://y"}]',
      '1:55: pairings[1].id: p stands in pairings[0] already',
    ],
  ]
  test.each(table)('%s', async (_name, text, fault) => {
    expect(await faultsOf(text)).toEqual([`Moltnet:${fault}`])
  })

  test('the same in JSON', async () => {
    const text = '{\n  "server": {\n    "listen_adr": ":1"\n  }\n}'
    expect(await faultsOf(text, {}, 'moltnet.json')).toEqual([
      'moltnet.json:3:5: server.listen_adr: unknown key (did you mean listen_addr?)',
    ])
  })
})

test('a fault makes no second one elsewhere', async () => {
  const text = `server: {listen_addr: "0.0.0.0:1"}
auth: {mode: baerer, tokens: 5}
`
  expect(await faultsOf(text)).toEqual([
    'Moltnet:2:14: auth.mode: must be one of none, bearer, open, not "baerer" (did you mean bearer?)',
    'Moltnet:2:30: auth.tokens: must be a list, not a number',
  ])
  expect(await faultsOf('auth: {mode: bearer, tokens: [{value_env: "-", scopes: [write]}]}')).toEqual([
    'Moltnet:1:43: auth.tokens[0].value_env: must be the name of an environment variable, such as MOLTNET_TOKEN',
  ])
})

test('reports every fault of a file at once, in the order of the file', async () => {
  const text = `version: moltnet.v1
server:
  listen_adr: ":1"
  human_ingress: maybe
auth:
  mode: bearer
  tokens:
    - id: a
      value: x
      scopes: [observe, wirte]
    - id: a
      value: x
      valu: 1
      scopes: []
storage:
  kind: postgres
rooms:
  - id: general
  - id: general
    members: bob
foo: 1
foo: 2
`
  expect(await faultsOf(text)).toEqual([
    'Moltnet:3:3: server.listen_adr: unknown key (did you mean listen_addr?)',
    'Moltnet:4:18: server.human_ingress: must be true or false, not text',
    'Moltnet:10:25: auth.tokens[0].scopes[1]: must be one of observe, write, admin, attach, pair, not "wirte" (did you mean write?)',
    'Moltnet:12:14: auth.tokens[1].value: is the same token as auth.tokens[0]',
    'Moltnet:13:7: auth.tokens[1].valu: unknown key (did you mean value?)',
    'Moltnet:14:15: auth.tokens[1].scopes: must not be empty',
    'Moltnet:16:3: storage.postgres.dsn: is required for storage.kind postgres',
    'Moltnet:19:9: rooms[1].id: general stands in rooms[0] already',
    'Moltnet:20:14: rooms[1].members: must be a list, not text (write [a, b])',
    'Moltnet:21:1: foo: unknown key (allowed: version, network, server, auth, storage, delivery, guards, rooms, pairings)',
    'Moltnet:22:1: foo: stands twice in the same mapping',
  ])
})

test('no fault shows a secret', async () => {
  const text = `auth:
  tokens:
    - {value: secret one, scopes: [write]}
    - {value: [secret-two], scopes: [write]}
    - {value: secret-three, scopes: [write]}
    - {value: secret-three, scopes: [write]}
pairings:
  - {id: p, remote_base_url: "https://user:secret-four@host", token: secret five}
storage: {kind: postgres, postgres: {dsn: "mysql://secret-six@host"}}
`
  const lines = await faultsOf(text)
  expect(lines).toHaveLength(6)
  expect(lines.join('\n')).not.toContain('secret')
})

describe('keys of later releases', () => {
  const table: [name: string, text: string, fault: string][] = [
    [
      'postgres',
      'storage: {kind: postgres, postgres: {dsn: "postgres://h/d"}}',
      '1:11: storage.kind: postgres storage is not available yet',
    ],
    [
      'json',
      'storage:\n  kind: json\n  json: {path: x}',
      '2:3: storage.kind: json storage is not available yet',
    ],
    [
      'the old json path',
      'server: {data_path: x}',
      '1:10: server.data_path: json storage is not available yet',
    ],
    [
      'pairings',
      'pairings: [{id: p, remote_base_url: "http://x"}]',
      '1:1: pairings: pairing with other networks is not available yet',
    ],
  ]
  test.each(table)('%s is refused with its place', async (_name, text, fault) => {
    expect(await faultLines(parseServerConfig(text))).toEqual([`Moltnet:${fault}`])
  })
  test.each(
    table,
  )('%s validates when every feature counts, and is listed as unavailable', async (_name, text) => {
    const { unavailableFeatures } = await import('../src/features.ts')
    const { config } = await parseServerConfig(text, { features: 'all' })
    expect(unavailableFeatures(config)).toHaveLength(1)
    expect(unavailableFeatures(config)[0]).toContain('not available yet')
  })

  test('what works without them is a warning', async () => {
    const text = 'server: {console: {analytics: {provider: google, measurement_id: G-1}}}'
    const { warnings } = await parseServerConfig(text)
    expect(warnings).toEqual(['server.console.analytics: console analytics is not available yet'])
  })
})
