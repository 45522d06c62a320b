import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { join } from 'node:path'
import { editDistance, nearest } from '../src/core/nearest.ts'
import { formatPath, quote } from '../src/core/path.ts'
import { FEATURES, parseDuration, parseSwitch, resolvePath, unavailableFeatures } from '../src/index.ts'
import { put, temporaryFolder } from './support.ts'

describe('durations', () => {
  test.each<[string, number]>([
    ['1s', 1_000],
    ['90s', 90_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['30d', 2_592_000_000],
    ['999999999d', 86_399_999_913_600_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })
  test.each([
    '',
    '5',
    's',
    '0s',
    '-1s',
    '1.5h',
    '1 h',
    '1H',
    '1w',
    '01s',
    '1h30m',
    '1e3s',
    '9999999999s',
    ' 1s',
  ])('%p is none', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError)
  })
})

describe('the nearest word', () => {
  test.each<[string, string[], string | undefined]>([
    ['listen_adr', ['listen_addr', 'limits'], 'listen_addr'],
    ['Rooms', ['rooms', 'pairings'], 'rooms'],
    ['rooom', ['rooms', 'room'], 'room'],
    ['di', ['id', 'name'], 'id'],
    ['wibble', ['listen_addr', 'limits'], undefined],
    ['', ['id'], undefined],
    ['x'.repeat(1_000), ['id'], undefined],
  ])('of %p among %p is %p', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected)
  })
  test('distance is symmetric, zero only for equals, and at most the longer length', () => {
    const word = fc.string({ maxLength: 12 })
    fc.assert(
      fc.property(word, word, (left, right) => {
        const distance = editDistance(left, right)
        expect(distance).toBe(editDistance(right, left))
        expect(distance === 0).toBe(left === right)
        expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length))
      }),
    )
  })
})

test('paths and keys are shown on one line', () => {
  expect(formatPath(['a', 0, 'b_c', 'claude-code', 1])).toBe('a[0].b_c.claude-code[1]')
  expect(formatPath(['a', 'x y', 'b'])).toBe('a["x y"].b')
  expect(quote('a\nb\u202e\u001b[31m')).toBe('"a b  [31m"')
  expect(quote('x'.repeat(100))).toHaveLength(63)
})

test.each<[string, boolean | undefined]>([
  ['1', true],
  ['TRUE', true],
  ['Yes', true],
  [' on ', true],
  ['0', false],
  ['false', false],
  ['No', false],
  ['off', false],
  ['2', undefined],
  ['enabled', undefined],
])('the switch %p is %p', (text, value) => {
  expect(parseSwitch(text)).toBe(value)
})

test('paths are relative to their base; ~ is the home folder', () => {
  const env = { HOME: '/home/me' }
  expect(resolvePath('a/../b', '/base', env)).toBe('/base/b')
  expect(resolvePath('/a', '/base', env)).toBe('/a')
  expect(resolvePath('~', '/base', env)).toBe('/home/me')
  expect(resolvePath('~/x', '/base', env)).toBe('/home/me/x')
  expect(resolvePath('~other', '/base', env)).toBe('/base/~other')
})

test('unavailable features are those that this build lacks and cannot do without', () => {
  const all = Object.keys(FEATURES).map((feature) => ({
    feature: feature as keyof typeof FEATURES,
    path: feature,
  }))
  const lines = unavailableFeatures({ features: all })
  expect(lines).toContain('storage_postgres: postgres storage is not available yet')
  expect(lines.join()).not.toContain('runtime_command')
  expect(lines.join()).not.toContain('approvals')
})

describe('what a program loads', () => {
  const packagesAfter = async (code: string, cwd: string): Promise<string[]> => {
    const script = `${code}
      const names = Object.keys(require.cache).flatMap((path) => path.match(/node_modules[/\\\\]([^/\\\\]+)/)?.[1] ?? [])
      console.log(JSON.stringify([...new Set(names)].sort()))`
    const child = Bun.spawn([process.execPath, '-e', script], { cwd, stdout: 'pipe', stderr: 'inherit' })
    return JSON.parse(await new Response(child.stdout).text()) as string[]
  }
  const source = (entry: string): string => JSON.stringify(join(import.meta.dir, '../src', entry))
  const attachment = { base_url: 'http://h', network_id: 'n', member_id: 'm' }

  test('a client configuration needs no YAML parser, also when it has faults', async () => {
    const cwd = await temporaryFolder()
    await put(
      cwd,
      '.moltnet/config.json',
      JSON.stringify({ version: 'moltnet.client.v1', attachments: [attachment] }),
    )
    await put(cwd, 'wrong.json', '{"attachments": [{}], "a": 1}')
    const code = `
      import { loadClientConfig } from ${source('client.ts')}
      const options = { cwd: process.cwd(), env: {} }
      await loadClientConfig(options)
      await loadClientConfig({ ...options, path: 'wrong.json' }).then(() => process.exit(1), () => {})`
    expect(await packagesAfter(code, cwd)).toEqual(['zod'])
  })

  test('a node configuration in YAML needs it', async () => {
    const cwd = await temporaryFolder()
    await put(cwd, 'MoltnetNode', 'moltnet: {base_url: "http://h", network_id: n}')
    const code = `
      import { loadNodeConfig } from ${source('node.ts')}
      await loadNodeConfig({ cwd: process.cwd(), env: {} })`
    expect(await packagesAfter(code, cwd)).toEqual(['yaml', 'zod'])
  })
})
