import { describe, expect, test } from 'bun:test'
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkSecretFile, shellWord, WINDOWS_WARNING, writePrivateFile } from '../src/index.ts'
import type { TokenSource } from '../src/node.ts'
import {
  loadBridgeConfig,
  loadNodeConfig,
  readTokenFile,
  resolveTokenSource,
  writeTokenFile,
} from '../src/node.ts'
import { loadClientConfig } from '../src/client.ts'
import { loadServerConfig } from '../src/server.ts'
import { faultLines, put, temporaryFolder } from './support.ts'

const NODE = 'moltnet: {base_url: "http://h", network_id: n'
const RUNTIME = 'runtime: {kind: command, command: x}'
const AGENT = { agent: { id: 'a' }, moltnet: { base_url: 'http://h', network_id: 'n' } }

describe('a configuration file with a secret', () => {
  type Kind = 'server' | 'node' | 'bridge' | 'client'
  const load = (kind: Kind, path: string, cwd: string): Promise<unknown> => {
    const options = { path, cwd, env: {}, features: 'all' } as const
    if (kind === 'bridge') return loadBridgeConfig(path, options)
    return { server: loadServerConfig, node: loadNodeConfig, client: loadClientConfig }[kind](options)
  }
  const table: [kind: Kind, secret: string, text: string][] = [
    [
      'server',
      'auth.tokens[1].value',
      'auth: {tokens: [{value_env: PATH, scopes: [write]}, {value: x, scopes: [write]}]}',
    ],
    ['server', 'pairings[0].token', 'pairings: [{id: p, remote_base_url: "http://x", token: t}]'],
    ['server', 'storage.postgres.dsn', 'storage: {postgres: {dsn: "postgres://h/d"}}'],
    ['node', 'moltnet.token', `${NODE}, token: x}`],
    [
      'node',
      'attachments[0].moltnet.token',
      `${NODE}}\nattachments: [{agent: {id: a}, moltnet: {token: x}, ${RUNTIME}}]`,
    ],
    [
      'node',
      'attachments[0].runtime.token',
      `${NODE}}\nattachments: [{agent: {id: a}, runtime: {kind: openclaw, token: x}}]`,
    ],
    [
      'bridge',
      'runtime.token',
      JSON.stringify({
        version: 'moltnet.bridge.v1',
        ...AGENT,
        runtime: { kind: 'webhook', url: 'http://h', token: 'x' },
      }),
    ],
    [
      'client',
      'attachments[0].auth.token',
      JSON.stringify({
        version: 'moltnet.client.v1',
        attachments: [{ base_url: 'http://h', network_id: 'n', member_id: 'm', auth: { token: 'x' } }],
      }),
    ],
  ]
  test.each(table)('%s with %s must be private and a file itself', async (kind, secret, text) => {
    const cwd = await temporaryFolder()
    const name = kind === 'server' || kind === 'node' ? 'file' : 'file.json'
    const path = await put(cwd, name, text)
    // The variable PATH has no token in it: only what this test is about may be said.
    const said = async (shown: string) =>
      (await faultLines(load(kind, shown, cwd)).catch(() => [])).filter(
        (line) => !line.includes('variable PATH'),
      )
    expect(await said(name)).toEqual([])
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601]) {
      await chmod(path, mode)
      expect(await said(name)).toEqual([
        `${name}: holds a secret (${secret}), and other users may use the file (mode 0${mode.toString(8)}): run chmod 600 ${name}`,
      ])
    }
    await chmod(path, 0o400)
    expect(await said(name)).toEqual([])
    await symlink(path, join(cwd, `link-${name}`))
    expect(await said(`link-${name}`)).toEqual([
      `link-${name}: holds a secret (${secret}), so it must be a regular file, not a symbolic link: name the file itself`,
    ])
  })

  test('without a secret it may be open to all and a symbolic link', async () => {
    const cwd = await temporaryFolder()
    const path = await put(cwd, 'real', 'network: {id: x}\nauth: {tokens: []}\nstorage: {postgres: {}}')
    await chmod(path, 0o666)
    await symlink(path, join(cwd, 'Moltnet'))
    expect((await loadServerConfig({ cwd, env: {} })).config.network.id as string).toBe('x')
  })

  test('secrets of the environment say nothing about the file', async () => {
    const cwd = await temporaryFolder()
    await chmod(await put(cwd, 'Moltnet', 'network: {id: x}'), 0o644)
    const env = { MOLTNET_PAIRINGS_JSON: '[{"id": "p", "remote_base_url": "http://x", "token": "t"}]' }
    await loadServerConfig({ cwd, env, features: 'all' })
  })

  test('the fault comes with the others, and the command is fit to paste', async () => {
    const cwd = await temporaryFolder()
    await chmod(await put(cwd, "my net's file", 'auth: {tokens: [{value: x}]}'), 0o644)
    expect(await faultLines(loadServerConfig({ path: "my net's file", cwd, env: {} }))).toEqual([
      `my net's file: holds a secret (auth.tokens[0].value), and other users may use the file (mode 0644): run chmod 600 'my net'\\''s file'`,
      `my net's file:1:17: auth.tokens[0].scopes: is required`,
    ])
    expect(shellWord('-x')).toBe("'-x'")
  })

  test('a named pipe is refused at once, not waited for', async () => {
    const cwd = await temporaryFolder()
    expect(await Bun.spawn(['mkfifo', join(cwd, 'Moltnet')]).exited).toBe(0)
    expect(await faultLines(loadServerConfig({ cwd, env: {} }))).toEqual(['Moltnet: is not a regular file'])
  })

  test('a link to nowhere and a circle of links are said as such', async () => {
    const cwd = await temporaryFolder()
    await symlink(join(cwd, 'nowhere'), join(cwd, 'a'))
    await symlink(join(cwd, 'c'), join(cwd, 'b'))
    await symlink(join(cwd, 'b'), join(cwd, 'c'))
    const faults = (path: string) => faultLines(loadServerConfig({ path, cwd, env: {} }))
    expect(await faults('a')).toEqual(['a: is a symbolic link to a file that is not there'])
    expect(await faults('b')).toEqual(['b: cannot be read: its symbolic links go in a circle'])
  })
})

describe('checkSecretFile', () => {
  test('accepts a private file and says what to do about others', async () => {
    const folder = await temporaryFolder()
    const path = await put(folder, 'token', 'x')
    expect(await checkSecretFile(path)).toEqual([])
    await chmod(path, 0o644)
    expect(await faultLines(checkSecretFile(path))).toEqual([
      `${path}: holds a secret, and other users may use the file (mode 0644): run chmod 600 ${path}`,
    ])
    expect(await faultLines(checkSecretFile(`${path}.not`))).toEqual([`${path}.not: there is no such file`])
  })
  test('on Windows it checks nothing and says so', async () => {
    expect(await checkSecretFile('/no/such/file', { platform: 'win32' })).toEqual([WINDOWS_WARNING])
  })
})

describe('token files', () => {
  test('are written private, in private folders, and read back', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'a/b/agent.token')
    expect(await readTokenFile(path)).toBeUndefined()
    await writeTokenFile(path, 'magt_v1_abc')
    expect(await readFile(path, 'utf8')).toBe('magt_v1_abc\n')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    for (const made of ['a', 'a/b']) expect((await stat(join(folder, made))).mode & 0o777).toBe(0o700)
    expect(await readTokenFile(path)).toBe('magt_v1_abc')
  })

  test('replacing one makes it private and leaves nothing behind', async () => {
    const folder = await temporaryFolder()
    const path = await put(folder, 't', 'old\n')
    await chmod(path, 0o666)
    const before = await stat(path)
    await writeTokenFile(path, 'new')
    const after = await stat(path)
    expect(after.mode & 0o777).toBe(0o600)
    expect(after.ino).not.toBe(before.ino)
    expect(await readdir(folder)).toEqual(['t'])
  })

  test('are private whatever the umask is', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'sub/t')
    const before = process.umask(0)
    try {
      await writeTokenFile(path, 'x')
    } finally {
      process.umask(before)
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'sub'))).mode & 0o777).toBe(0o700)
  })

  test('are never written through a symbolic link, nor over a folder', async () => {
    const folder = await temporaryFolder()
    const target = await put(folder, 'target', 'untouched')
    const link = join(folder, 'link')
    await symlink(target, link)
    expect(await faultLines(writeTokenFile(link, 'x'))).toEqual([
      `${link}: is a symbolic link; a file with tokens is never written through one`,
    ])
    await symlink(join(folder, 'nowhere'), join(folder, 'dangling'))
    expect(await faultLines(writeTokenFile(join(folder, 'dangling'), 'x'))).toHaveLength(1)
    expect(await readFile(target, 'utf8')).toBe('untouched')
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    await mkdir(join(folder, 'dir'))
    expect(await faultLines(writeTokenFile(join(folder, 'dir'), 'x'))).toEqual([
      `${join(folder, 'dir')}: is not a regular file, so nothing was written`,
    ])
    expect((await readdir(folder)).sort()).toEqual(['dangling', 'dir', 'link', 'target'])
  })

  const wrong: [name: string, text: string, message: string][] = [
    ['empty', '', 'is empty: it must hold one token'],
    ['blank', ' \n', 'is empty: it must hold one token'],
    ['two lines', 'a\nb\n', 'must hold one token on one line and nothing else'],
    ['two words', 'a b\n', 'must hold one token on one line and nothing else'],
    ['an extra line', 'a\n\n', 'must hold one token on one line and nothing else'],
  ]
  test.each(wrong)('that are wrong (%s) are refused without showing them', async (_name, text, message) => {
    const path = await put(await temporaryFolder(), 't', text)
    expect(await faultLines(readTokenFile(path))).toEqual([`${path}: ${message}`])
  })

  test('a line break of Windows, or none, is fine', async () => {
    const folder = await temporaryFolder()
    expect(await readTokenFile(await put(folder, 'a', 'tok\r\n'))).toBe('tok')
    expect(await readTokenFile(await put(folder, 'b', 'tok'))).toBe('tok')
  })

  test('must be private and no symbolic link to be read', async () => {
    const folder = await temporaryFolder()
    const path = await put(folder, 't', 'tok\n')
    await symlink(path, join(folder, 'link'))
    expect(await faultLines(readTokenFile(join(folder, 'link')))).toHaveLength(1)
    await chmod(path, 0o640)
    expect(await faultLines(readTokenFile(path))).toEqual([
      `${path}: holds a token, and other users may use the file (mode 0640): run chmod 600 ${path}`,
    ])
  })

  test('text that is no token is not written', async () => {
    const path = join(await temporaryFolder(), 't')
    expect(await faultLines(writeTokenFile(path, 'two\nlines'))).toEqual([
      `${path}: was not written: the text is no token`,
    ])
    expect(await Bun.file(path).exists()).toBe(false)
  })

  test('many writers at once leave one whole file, and readers never see half of one', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'file')
    const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(20_000))
    await writePrivateFile(path, texts[0] ?? '')
    let writing = true
    const reader = (async () => {
      while (writing) expect(texts).toContain(await readFile(path, 'utf8'))
    })()
    await Promise.all(texts.map((text) => writePrivateFile(path, text)))
    writing = false
    await reader
    expect(texts).toContain(await readFile(path, 'utf8'))
    expect(await readdir(folder)).toEqual(['file'])
  })

  test('a folder that cannot be made is an error and leaves nothing', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'file'), '')
    expect(writeTokenFile(join(folder, 'file/sub/t'), 'x')).rejects.toThrow()
    expect(await readdir(folder)).toEqual(['file'])
  })
})

describe('resolving a token source', () => {
  const resolve = (source: TokenSource, env: Record<string, string> = {}) =>
    resolveTokenSource(source, { env })

  test('gives the token of the file, the variable or the configuration', async () => {
    const path = await put(await temporaryFolder(), 't', 'from-file\n')
    expect(await resolve({ kind: 'none' })).toEqual({ kind: 'none' })
    expect(await resolve({ kind: 'value', token: 'v', rule: 'any' })).toEqual({ kind: 'token', token: 'v' })
    expect(await resolve({ kind: 'env', name: 'T', rule: 'any' }, { T: ' from-env\n' })).toEqual({
      kind: 'token',
      token: 'from-env',
    })
    expect(await resolve({ kind: 'file', path, rule: 'any' })).toEqual({
      kind: 'token',
      token: 'from-file',
      file: path,
    })
  })

  test.each<[env: Record<string, string>, fault: string]>([
    [{}, 'T: token_env: the variable is not set; it must hold a token'],
    [{ T: ' ' }, 'T: token_env: the variable is empty; it must hold a token'],
    [{ T: 'a b' }, 'T: token_env: the variable holds no token: there are spaces or special characters in it'],
  ])('a variable %p is an error', async (env, fault) => {
    expect(await faultLines(resolve({ kind: 'env', name: 'T', rule: 'any' }, env))).toEqual([fault])
  })

  test('a missing file is an error, except where the agent claims its token', async () => {
    const path = join(await temporaryFolder(), 'a/b/t')
    expect(await faultLines(resolve({ kind: 'file', path, rule: 'any' }))).toEqual([
      `${path}: there is no such token file`,
    ])
    expect(await faultLines(resolve({ kind: 'file', path, rule: 'static' }))).toHaveLength(1)
    expect(await resolve({ kind: 'file', path, rule: 'claim' })).toEqual({ kind: 'claim', file: path })
  })

  test('an empty file is an error even where a token would be claimed', async () => {
    const path = await put(await temporaryFolder(), 't', '')
    expect(await faultLines(resolve({ kind: 'file', path, rule: 'claim' }))).toEqual([
      `${path}: is empty: it must hold one token`,
    ])
  })

  test('nothing is claimed when the token could not be kept', async () => {
    const folder = await temporaryFolder()
    const blocked = join(await put(folder, 'file', ''), 't')
    expect(await faultLines(resolve({ kind: 'file', path: blocked, rule: 'claim' }))).toEqual([
      `${blocked}: cannot be written (ENOTDIR), so no agent token can be kept there and nothing was claimed`,
    ])
    if (process.getuid?.() === 0) return // root may write anywhere
    await mkdir(join(folder, 'locked'), { mode: 0o500 })
    const path = join(folder, 'locked/t')
    expect((await faultLines(resolve({ kind: 'file', path, rule: 'claim' })))[0]).toContain('EACCES')
  })

  test('a shared token must not be that of one agent', async () => {
    const path = await put(await temporaryFolder(), 't', 'magt_v1_x\n')
    const rule = 'static' as const
    const message = 'holds the token of one agent; with static_token it must be a static token of the server'
    expect(await faultLines(resolve({ kind: 'file', path, rule }))).toEqual([`${path}: ${message}`])
    expect(await faultLines(resolve({ kind: 'env', name: 'T', rule }, { T: 'magt_v1_x' }))).toEqual([
      `T: ${message}`,
    ])
  })
})
