import { describe, expect, test } from 'bun:test'
import { chmod } from 'node:fs/promises'
import { parse, stringify } from 'yaml'
import { defaultNodeFile, defaultServerFile, validateConfigFile } from '../src/index.ts'
import { SEED } from './fixtures/seed-blocks.ts'
import { faultLines, put, temporaryFolder } from './support.ts'

/** A block of the public description over the default file, as a user would put it there. */
function over(base: string, block: string): string {
  return stringify({ ...(parse(base) as object), ...(parse(block) as object) })
}

test('init writes the files of the public description, letter by letter, under a comment for editors', () => {
  const comment = /^# yaml-language-server: \$schema=\S+\n/
  expect(defaultServerFile()).toMatch(comment)
  expect(defaultServerFile().replace(comment, '')).toBe(SEED.server)
  expect(defaultNodeFile()).toMatch(comment)
  expect(defaultNodeFile().replace(comment, '')).toBe(SEED.node)
})

describe('every block of the public description validates over the default file', () => {
  const table: [name: string, file: string, text: string, unavailable: string[]][] = [
    ['the default server', 'Moltnet', SEED.server, []],
    ['the default node', 'MoltnetNode', SEED.node, []],
    ['the attachment', 'MoltnetNode', over(SEED.node, SEED.attachments), []],
    ['bearer tokens', 'Moltnet', over(SEED.server, SEED.bearer), []],
    ['open registration', 'Moltnet', over(SEED.server, SEED.open), []],
  ]
  test.each(table)('%s', async (...[, file, text, unavailable]) => {
    const cwd = await temporaryFolder()
    const path = await put(cwd, file, text)
    expect(await validateConfigFile(file, { cwd, env: {} })).toEqual({
      kind: file === 'Moltnet' ? 'server' : 'node',
      path,
      warnings: [],
      unavailable,
    })
  })

  test.each([SEED.bearer, SEED.open])('with tokens only in a private file', async (block) => {
    const cwd = await temporaryFolder()
    await chmod(await put(cwd, 'Moltnet', over(SEED.server, block)), 0o644)
    const [fault, ...others] = await faultLines(validateConfigFile('Moltnet', { cwd, env: {} }))
    expect(others).toEqual([])
    expect(fault).toEndWith('run chmod 600 Moltnet')
  })
})

describe('the kind of a file', () => {
  const NETWORK = { base_url: 'http://h', network_id: 'n' }
  const agent = { agent: { id: 'a' }, runtime: { kind: 'command', command: 'x' } }
  const client = { base_url: 'http://h', network_id: 'n', member_id: 'm' }
  test.each<[name: string, value: unknown, kind: string]>([
    ['x.yaml', { version: 'moltnet.v1' }, 'server'],
    ['x.yaml', { version: 'moltnet.node.v1', moltnet: NETWORK }, 'node'],
    ['x.json', { version: 'moltnet.bridge.v1', moltnet: NETWORK, ...agent }, 'bridge'],
    ['x.json', { version: 'moltnet.client.v1', attachments: [client] }, 'client'],
    ['x.json', { version: 'spawnfile.moltnet-http-skill.v1', attachments: [client] }, 'client'],
    ['x.yaml', { network: { id: 'n' } }, 'server'],
    ['x.yaml', { moltnet: NETWORK }, 'node'],
    ['moltnet-node.json', { moltnet: NETWORK }, 'node'],
  ])('%s with %p', async (name, value, kind) => {
    const cwd = await temporaryFolder()
    await put(cwd, name, JSON.stringify(value))
    expect((await validateConfigFile(name, { cwd, env: {} })).kind as string).toBe(kind)
  })

  test('a wrong version does not hide what the file is', async () => {
    const cwd = await temporaryFolder()
    await put(cwd, 'MoltnetNode', 'version: moltnet.node.v2\nmoltnet: {base_url: "http://h", network_id: n}')
    expect(await faultLines(validateConfigFile('MoltnetNode', { cwd, env: {} }))).toEqual([
      'MoltnetNode:1:10: version: must be moltnet.node.v1, not "moltnet.node.v2"',
    ])
  })

  test('a file that is not there is a fault', async () => {
    const cwd = await temporaryFolder()
    expect(await faultLines(validateConfigFile('x', { cwd, env: {} }))).toEqual(['x: there is no such file'])
  })
})
