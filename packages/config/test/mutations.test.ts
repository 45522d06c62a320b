import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { parseClientConfig } from '../src/client.ts'
import { ConfigError } from '../src/core/fault.ts'
import { parseBridgeConfig, parseNodeConfig } from '../src/node.ts'
import { parseServerConfig } from '../src/server.ts'

const SERVER = {
  version: 'moltnet.v1',
  network: { id: 'net_a', name: 'Net A' },
  server: {
    listen_addr: '127.0.0.1:8787',
    allowed_hosts: ['a.example'],
    allowed_origins: ['http://a.example'],
    trusted_proxies: ['10.0.0.0/8'],
    console: { analytics: { provider: 'google', measurement_id: 'G-1' } },
    limits: { messages: { per_minute: 5, burst: 2 }, attaches: 'off', stall: '5s' },
  },
  auth: {
    mode: 'bearer',
    public_read: true,
    tokens: [
      { id: 'a', value: 'x', scopes: ['observe', 'write'] },
      { value_env: 'T', scopes: ['pair'], network: 'net_b', expires_at: '2030-01-01T00:00:00Z' },
    ],
  },
  storage: { kind: 'sqlite', sqlite: { path: 'x.db' }, events: { max_age: '30d', max_count: 5 } },
  delivery: { max_attempts: 5, expire_targeted: '7d' },
  guards: { chain_soft: 1, chain_hard: 2 },
  rooms: [{ id: 'r', members: ['a', 'net_b:b'], visibility: 'public', guards: { chain_soft: 1 } }],
  pairings: [{ id: 'p', remote_base_url: 'https://b.example', token: 't', status: 'connected' }],
}
const ATTACHMENT = {
  agent: { id: 'a', name: 'A' },
  rooms: [
    { id: 'r', read: 'all', reply: 'manual', access: { can_read: true } },
    { id: 's', wake: 'never' },
  ],
  dms: { enabled: true, wake: 'all', approval: true },
  final_text: 'hold',
  turn_timeout: '10m',
  guards: { turns_per_hour: 5 },
}
const NETWORK = {
  base_url: 'http://h',
  network_id: 'n',
  auth_mode: 'open',
  static_token: true,
  token_env: 'T',
}
const NODE = {
  moltnet: NETWORK,
  attachments: [
    {
      ...ATTACHMENT,
      moltnet: { token_path: 't' },
      runtime: { kind: 'codex', workspace_path: 'w', env: { A: 'b' }, inherit_env: ['PATH'] },
    },
    { agent: { id: 'b' }, runtime: { kind: 'picoclaw', config_path: 'p', command: 'pico' } },
    { agent: { id: 'c' }, runtime: { kind: 'tinyclaw', inbound_url: 'http://h' } },
    { agent: { id: 'd' }, runtime: { kind: 'pi', control_url: 'http://h' } },
  ],
}
const BRIDGE = {
  version: 'moltnet.bridge.v1',
  moltnet: NETWORK,
  ...ATTACHMENT,
  runtime: { kind: 'acp', command: 'x' },
}
const CLIENT = {
  version: 'moltnet.client.v1',
  agent: { name: 'A', runtime: 'codex' },
  attachments: [
    {
      base_url: 'http://h',
      network_id: 'n',
      member_id: 'm',
      auth: { mode: 'bearer', token: 't' },
      rooms: [{ id: 'r' }],
    },
    { base_url: 'http://h', network_id: 'n', member_id: 'k', dms: { enabled: true } },
  ],
}

/** Cases per test; raise it for a longer search. */
const RUNS = Number(process.env.CONFIG_FUZZ_RUNS ?? 200)
const TIMEOUT_MS = 20_000 + RUNS * 50

type Container = Record<string | number, unknown>

/** Every mapping and list of a value, with the keys to change there. */
function containersOf(value: unknown, found: Container[] = []): Container[] {
  if (typeof value !== 'object' || value === null) return found
  found.push(value as Container)
  for (const below of Object.values(value)) containersOf(below, found)
  return found
}

const junk = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e21,
    '',
    ' ',
    'x',
    'a b',
    'none',
    '5s',
    [],
    {},
    [null],
    [[]],
    { a: {} },
    '\ud800',
    'a\u0000b',
  ),
  fc.jsonValue({ maxDepth: 2 }),
)
const key = fc.oneof(
  fc.constantFrom(
    'id',
    'kind',
    'token',
    'wake',
    'value',
    '<<',
    '__proto__',
    'constructor',
    'toString',
    '',
    '0',
    'wrkspace_path',
  ),
  fc.string({ maxLength: 8 }),
)
const mutation = fc.record({
  at: fc.nat(),
  which: fc.nat(),
  how: fc.constantFrom('replace', 'remove', 'add', 'rename'),
  key,
  junk,
})

function mutate(
  root: Container,
  change: { at: number; which: number; how: string; key: string; junk: unknown },
): void {
  const containers = containersOf(root)
  const target = containers[change.at % containers.length] ?? root
  const keys = Object.keys(target)
  const chosen = keys[change.which % Math.max(1, keys.length)]
  const set = (name: string, value: unknown): void => {
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
  }
  if (Array.isArray(target)) {
    if (change.how === 'remove') target.splice(change.which % (target.length + 1), 1)
    else target[change.which % (target.length + 1)] = structuredClone(change.junk)
  } else if (change.how === 'add' || chosen === undefined) set(change.key, structuredClone(change.junk))
  else if (change.how === 'replace') set(chosen, structuredClone(change.junk))
  else {
    const value = target[chosen]
    delete target[chosen]
    if (change.how === 'rename') set(change.key, value)
  }
}

type Parse = (
  text: string,
  options: { file: string; features: 'all'; env: Record<string, string> },
) => Promise<unknown>

/** Parses, and checks what a refusal looks like. Gives whether the text was accepted. */
async function accepts(parse: Parse, text: string, file: string): Promise<boolean> {
  try {
    await parse(text, { file, features: 'all', env: { T: 'secret' } })
    return true
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.faults.length).toBeGreaterThan(0)
    const lines = text.split('\n')
    for (const fault of error.faults) {
      expect(fault.file).toBe(file)
      expect(fault.message).not.toMatch(/undefined|\[object|NaN|Invalid input/)
      expect(fault.line).toBeWithin(1, lines.length + 1)
      expect(fault.column).toBeWithin(1, (lines[(fault.line ?? 1) - 1] ?? '').length + 2)
    }
    return false
  }
}

const files: [name: string, valid: Container, parse: Parse, formats: ('json' | 'yaml')[]][] = [
  ['server', SERVER, parseServerConfig, ['json', 'yaml']],
  ['node', NODE, parseNodeConfig, ['json', 'yaml']],
  ['bridge', BRIDGE, parseBridgeConfig, ['json']],
  ['client', CLIENT, parseClientConfig, ['json']],
]

describe.each(files)('the file of a %s', (...[, valid, parse, formats]) => {
  const write = {
    json: (value: unknown) => JSON.stringify(value, null, 1),
    yaml: (value: unknown) => stringify(value),
  }

  test.each(formats)('is accepted as it stands (%s)', async (format) => {
    expect(await accepts(parse, write[format](valid), `file.${format}`)).toBe(true)
  })

  test.each(formats)(
    'with any changes is accepted, or refused with the place of every fault (%s)',
    async (format) => {
      let refused = 0
      await fc.assert(
        fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (changes) => {
          const value = structuredClone(valid)
          for (const change of changes) mutate(value, change)
          if (!(await accepts(parse, write[format](value), `file.${format}`))) refused += 1
        }),
        { numRuns: RUNS },
      )
      expect(refused).toBeGreaterThan(RUNS / 2)
    },
    TIMEOUT_MS,
  )

  test.each(formats)(
    'with any damage to its text is accepted, or refused in the same way (%s)',
    async (format) => {
      const text = write[format](valid)
      await fc.assert(
        fc.asyncProperty(
          fc.nat(text.length),
          fc.nat(6),
          fc.string({ unit: 'binary', maxLength: 4 }),
          async (at, cut, noise) => {
            await accepts(parse, text.slice(0, at) + noise + text.slice(at + cut), `file.${format}`)
          },
        ),
        { numRuns: RUNS },
      )
    },
    TIMEOUT_MS,
  )
})
