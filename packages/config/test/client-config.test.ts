import { describe, expect, test } from 'bun:test'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientAttachment, ClientConfig } from '../src/client.ts'
import {
  attachmentFromFlags,
  AttachmentChoiceError,
  chooseAttachment,
  isReadOnly,
  loadClientConfig,
  loadIdentity,
  mergeAttachment,
  parseClientConfig,
  updateClientConfig,
  writeClientConfig,
  writeIdentity,
} from '../src/client.ts'
import { faultLines, put, temporaryFolder } from './support.ts'

const entry = (over: Record<string, unknown> = {}) => ({
  base_url: 'http://127.0.0.1:8787',
  network_id: 'local',
  member_id: 'researcher',
  ...over,
})
const file = (attachments: unknown[], over: Record<string, unknown> = {}): string =>
  JSON.stringify({ version: 'moltnet.client.v1', attachments, ...over }, null, 1)

async function parsed(...attachments: unknown[]): Promise<ClientConfig> {
  return (await parseClientConfig(file(attachments), { cwd: '/ws' })).config
}

async function only(over: Record<string, unknown>): Promise<ClientAttachment> {
  return chooseAttachment(await parsed(entry(over)))
}

describe('reading', () => {
  test('fills in every default', async () => {
    expect(await parsed(entry())).toEqual({
      agent: {},
      attachments: [
        {
          baseUrl: 'http://127.0.0.1:8787',
          networkId: 'local',
          memberId: 'researcher',
          authMode: 'none',
          registration: 'disabled',
          token: { kind: 'none' },
          rooms: [],
          dms: { enabled: false, wake: 'all', approval: false },
        },
      ],
    } as never)
  })

  test('reads every key, and the empty values that older programs write', async () => {
    const text = file(
      [
        entry({
          agent_name: 'Researcher',
          auth: { mode: 'bearer', registration: 'token', token_path: 'r.token' },
          rooms: [{ id: 'a', read: 'mentions', reply: 'manual', can_write: false }],
          dms: { enabled: true, wake: 'mentions' },
          runtime: 'codex',
        }),
        entry({ network_id: 'other', agent_name: '', runtime: '', rooms: null, dms: null }),
      ],
      { agent: { name: 'R', runtime: 'codex' } },
    )
    const { config, legacy } = await parseClientConfig(text, { cwd: '/ws' })
    expect(legacy).toBe(false)
    expect(config.agent).toEqual({ name: 'R', runtime: 'codex' })
    expect(config.attachments[0]).toMatchObject({
      agentName: 'Researcher',
      authMode: 'bearer',
      registration: 'token',
      token: { kind: 'file', path: '/ws/.moltnet/r.token', rule: 'any' },
      rooms: [{ id: 'a', wake: 'mentions', approval: true, canWrite: false }],
      dms: { enabled: true, wake: 'all', approval: false },
      runtime: 'codex',
    })
    expect(config.attachments[1]).toMatchObject({ agentName: undefined, rooms: [], dms: { enabled: false } })
  })

  const faults: [name: string, text: string, lines: string[]][] = [
    [
      'no version',
      '{"attachments": [{}]}',
      [
        '1:1: version: is required: it must be one of moltnet.client.v1, spawnfile.moltnet-http-skill.v1',
        '1:18: attachments[0].base_url: is required',
        '1:18: attachments[0].network_id: is required',
        '1:18: attachments[0].member_id: is required',
      ],
    ],
    [
      'no attachment',
      '{"version": "moltnet.client.v1", "attachments": []}',
      ['1:49: attachments: must not be empty'],
    ],
    [
      'an unknown key',
      file([entry({ token: 'x' })]),
      [
        '8:4: attachments[0].token: unknown key (allowed: agent_name, auth, base_url, network_id, member_id, rooms, dms, runtime)',
      ],
    ],
    [
      'bearer without a token',
      file([entry({ auth: { mode: 'bearer' } })]),
      ['8:12: attachments[0].auth.token: mode bearer needs token, token_env or token_path'],
    ],
    [
      'an empty token',
      file([entry({ auth: { mode: 'bearer', token: '' } })]),
      [
        '10:14: attachments[0].auth.token: must be a token: not empty, without spaces, line breaks or special characters',
      ],
    ],
    [
      'the same member of a network twice',
      file([entry(), entry()]),
      ['12:17: attachments[1].member_id: researcher on local is attachments[0] already'],
    ],
    ['YAML', 'version: moltnet.client.v1', ['1:1: expected a JSON value']],
  ]
  test.each(faults)('refuses %s', async (_name, text, lines) => {
    expect(await faultLines(parseClientConfig(text))).toEqual(
      lines.map((line) => `.moltnet/config.json:${line}`),
    )
  })

  test('finds an explicit path, the variable, the usual place and the old one, in this order', async () => {
    const cwd = await temporaryFolder()
    const found = async (options: { path?: string; env?: Record<string, string> } = {}) => {
      const { config, path, legacy } = await loadClientConfig({ cwd, env: {}, ...options })
      return [config.attachments[0]?.networkId as string, path, legacy]
    }
    expect(await faultLines(found())).toEqual([
      '.moltnet/config.json: there is no such file; moltnet connect writes one (or name one with --config)',
    ])
    const old = { version: 'spawnfile.moltnet-http-skill.v1' }
    await put(cwd, '.spawnfile/moltnet.json', file([entry({ network_id: 'old' })], old))
    expect(await found()).toEqual(['old', join(cwd, '.spawnfile/moltnet.json'), true])
    await put(cwd, '.moltnet/config.json', file([entry({ network_id: 'usual' })]))
    expect(await found()).toEqual(['usual', join(cwd, '.moltnet/config.json'), false])
    await put(cwd, 'v', file([entry({ network_id: 'variable' })]))
    expect((await found({ env: { MOLTNET_CLIENT_CONFIG: 'v' } }))[0]).toBe('variable')
    await put(cwd, 'e', file([entry({ network_id: 'explicit' })]))
    expect((await found({ path: 'e', env: { MOLTNET_CLIENT_CONFIG: 'v' } }))[0]).toBe('explicit')
  })
})

describe('choosing an attachment', () => {
  const several = parsed(
    entry(),
    entry({ member_id: 'writer' }),
    entry({ network_id: 'net_b', member_id: 'writer' }),
  )
  const chosen = async (choice: { network?: string; member?: string }): Promise<string> => {
    const { networkId, memberId } = chooseAttachment(await several, choice)
    return `${memberId}@${networkId}`
  }

  test('takes the only one', async () => {
    expect((await only({})).memberId as string).toBe('researcher')
  })
  test('takes the one that matches', async () => {
    expect(await chosen({ network: 'net_b' })).toBe('writer@net_b')
    expect(await chosen({ member: 'researcher' })).toBe('researcher@local')
    expect(await chosen({ network: 'local', member: 'writer' })).toBe('writer@local')
    expect(await chosen({ member: 'molt://local/agents/writer' })).toBe('writer@local')
    expect(await chosen({ member: 'net_b:writer' })).toBe('writer@net_b')
  })
  test.each<[choice: { network?: string; member?: string }, flag: string | undefined, message: string]>([
    [
      {},
      '--network',
      'several attachments match (researcher on local, writer on local, writer on net_b): say which one with --network',
    ],
    [
      { network: 'local' },
      '--member',
      'several attachments match (researcher on local, writer on local): say which one with --member',
    ],
    [
      { member: 'writer' },
      '--network',
      'several attachments match (writer on local, writer on net_b): say which one with --network',
    ],
    [
      { network: 'nope', member: 'writer' },
      undefined,
      'no attachment matches --network nope --member writer; there is researcher on local, writer on local, writer on net_b in the client configuration',
    ],
  ])('with %p it says which flag is needed', async (choice, flag, message) => {
    const config = await several
    try {
      chooseAttachment(config, choice)
      throw new Error('an attachment was chosen')
    } catch (error) {
      if (!(error instanceof AttachmentChoiceError)) throw error
      expect([error.flag, error.message]).toEqual([flag, message])
    }
  })
  test('the only attachment must still match the flags', async () => {
    const config = await parsed(entry())
    expect(() => chooseAttachment(config, { network: 'other' })).toThrow(AttachmentChoiceError)
  })
})

test('a room is read-only when either notation says so', async () => {
  const { rooms } = await only({
    rooms: [
      { id: 'a' },
      { id: 'b', can_write: false },
      { id: 'c', access: { can_write: false } },
      { id: 'd', can_write: true },
    ],
  })
  expect(rooms.map(isReadOnly)).toEqual([false, true, true, false])
})

describe('merging', () => {
  const next = (over: Partial<ClientAttachment> = {}): ClientAttachment => ({
    ...attachmentFromFlags(
      { baseUrl: 'http://new', networkId: 'local', memberId: 'researcher', rooms: ['a', 'b'] },
      { cwd: '/ws', env: {} },
    ),
    ...over,
  })

  test('makes the first configuration', () => {
    const merged = mergeAttachment(undefined, next(), { name: 'R' })
    expect(merged).toMatchObject({ agent: { name: 'R' }, attachments: [{ baseUrl: 'http://new' }] })
  })

  test('replaces the same network and member in its place and keeps the token that is there', async () => {
    const current = await parsed(entry({ auth: { token: 'kept' } }), entry({ network_id: 'other' }))
    const merged = mergeAttachment({ ...current, agent: { name: 'Old', runtime: 'pi' } }, next(), {
      name: 'New',
    })
    expect(merged.agent).toEqual({ name: 'New', runtime: 'pi' })
    expect(merged.attachments.map((one) => [one.networkId as string, one.baseUrl])).toEqual([
      ['local', 'http://new'],
      ['other', 'http://127.0.0.1:8787'],
    ])
    expect(merged.attachments[0]?.token).toEqual({ kind: 'value', token: 'kept', rule: 'any' })
  })

  test('puts a new member behind the others', async () => {
    const merged = mergeAttachment(await parsed(entry({ member_id: 'writer' })), next())
    expect(merged.attachments.map((one) => one.memberId as string)).toEqual(['writer', 'researcher'])
  })

  test('a new token replaces the old one', async () => {
    const current = await parsed(entry({ auth: { token: 'old' } }))
    const merged = mergeAttachment(current, next({ token: { kind: 'env', name: 'T', rule: 'any' } }))
    expect(merged.attachments[0]?.token).toEqual({ kind: 'env', name: 'T', rule: 'any' })
  })
})

describe('flags', () => {
  const flags = { baseUrl: 'http://h', networkId: 'n', memberId: 'm' }
  test('become an attachment; a token path is relative to the working directory', () => {
    const attachment = attachmentFromFlags(
      { ...flags, rooms: ['a', 'a', 'b'], enableDms: true, authMode: 'open', tokenPath: 'x/t' },
      { cwd: '/ws', env: {} },
    )
    expect(attachment).toMatchObject({
      authMode: 'open',
      token: { kind: 'file', path: '/ws/x/t', rule: 'claim' },
      dms: { enabled: true },
    })
    expect(attachment.rooms.map((room) => room.id as string)).toEqual(['a', 'b'])
  })
  test('are named when they are wrong, all at once', async () => {
    const wrong = { ...flags, baseUrl: 'h', authMode: 'opne', tokenEnv: 'a b', rooms: ['ok', 'not ok'] }
    const lines = await faultLines(Promise.try(() => attachmentFromFlags(wrong, { cwd: '/', env: {} })))
    expect(lines.map((line) => line.split(': ')[0])).toEqual([
      '--auth-mode',
      '--base-url',
      '--rooms',
      '--token-env',
    ])
    expect(lines[0]).toBe('--auth-mode: must be one of none, bearer, open, not "opne" (did you mean open?)')
  })
})

describe('writing', () => {
  test('comes back the same, private, in the notation that every program reads', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'ws/.moltnet/config.json')
    const { config } = await parseClientConfig(
      file(
        [
          entry({
            agent_name: 'R',
            auth: { mode: 'open', token_path: 'r.token' },
            rooms: [
              { id: 'a', wake: 'never' },
              {
                id: 'b',
                wake: 'thread_only',
                approval: true,
                visibility: 'public',
                access: { can_read: true },
              },
              { id: 'c', write_policy: 'operators', can_write: false },
            ],
            dms: { enabled: true, wake: 'never' },
          }),
          entry({ network_id: 'b', auth: { token_env: 'T' } }),
          entry({ network_id: 'c', auth: { token: 'secret' } }),
        ],
        { agent: { name: 'R', runtime: 'codex' } },
      ),
      { file: path },
    )
    await writeClientConfig(path, config)
    expect((await loadClientConfig({ path, cwd: '/', env: {} })).config).toEqual(config)
    const [first] = (JSON.parse(await readFile(path, 'utf8')) as { attachments: Record<string, unknown>[] })
      .attachments
    expect(first).toMatchObject({
      auth: { mode: 'open', registration: 'open', token_path: 'r.token' },
      rooms: [
        { id: 'a', read: 'all', reply: 'never' },
        { id: 'b', read: 'thread_only', reply: 'manual' },
        { id: 'c' },
      ],
      dms: { enabled: true, read: 'all', reply: 'never' },
    })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'ws/.moltnet'))).mode & 0o777).toBe(0o700)
  })

  test('refuses what would not load again, and writes nothing', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'config.json')
    const attachment = await only({})
    const lines = await faultLines(
      writeClientConfig(path, { agent: {}, attachments: [attachment, attachment] }),
    )
    expect(lines).toEqual([
      `${path}: attachments[1].member_id: researcher on local is attachments[0] already`,
    ])
    expect(await faultLines(writeClientConfig(path, { agent: {}, attachments: [] }))).toEqual([
      `${path}: attachments: must not be empty`,
    ])
    expect(await Bun.file(path).exists()).toBe(false)
  })

  test('a change that fails leaves the file as it was and the lock free', async () => {
    const folder = await temporaryFolder()
    const path = await put(folder, 'config.json', file([entry()]))
    const before = await readFile(path, 'utf8')
    const change = updateClientConfig(
      path,
      () => {
        throw new Error('registration failed')
      },
      { env: {} },
    )
    expect(change).rejects.toThrow('registration failed')
    await change.catch(() => undefined)
    expect(await readFile(path, 'utf8')).toBe(before)
    await updateClientConfig(path, (current) => current ?? { agent: {}, attachments: [] }, { env: {} })
  })

  test('changes by many programs at once all arrive', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, '.moltnet/config.json')
    const script = `
      import { attachmentFromFlags, mergeAttachment, updateClientConfig } from '${join(import.meta.dir, '../src/client.ts')}'
      for (let round = 0; round < 5; round++) {
        const flags = { baseUrl: 'http://h', networkId: 'n', memberId: process.argv[1] + '-' + round }
        await updateClientConfig(process.env.TARGET, (current) => mergeAttachment(current, attachmentFromFlags(flags, { cwd: '/', env: {} })), { env: {} })
      }`
    const programs = Array.from({ length: 4 }, (_, index) =>
      Bun.spawn([process.execPath, '-e', script, `p${index}`], {
        env: { ...process.env, TARGET: path },
        stderr: 'inherit',
      }),
    )
    expect(await Promise.all(programs.map((program) => program.exited))).toEqual([0, 0, 0, 0])
    const { config } = await loadClientConfig({ path, cwd: '/', env: {} })
    expect(config.attachments).toHaveLength(20)
  }, 30_000)

  test('a lock that a killed program left does not stop anybody', async () => {
    const folder = await temporaryFolder()
    const path = await put(folder, 'config.json', file([entry()]))
    const gone = Bun.spawn([process.execPath, '-e', ''])
    await gone.exited
    await put(folder, 'config.json.lock', String(gone.pid))
    await updateClientConfig(path, (current) => current ?? { agent: {}, attachments: [] }, { env: {} })
    expect(await Bun.file(`${path}.lock`).exists()).toBe(false)
  })
})

test('an identity comes back as it was written; none is none; a wrong one is a fault', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, '.moltnet/identity.json')
  expect(await loadIdentity(path)).toBeUndefined()
  const identity = {
    networkId: 'n',
    agentId: 'a',
    actorUid: 'actor_1',
    actorUri: 'molt://n/agents/a',
    displayName: 'A',
  } as never
  await writeIdentity(path, identity)
  expect(await loadIdentity(path)).toEqual(identity)
  const other = await put(folder, 'other.json', '{"version": "moltnet.identity.v1",\n "actor": 1}')
  expect(await faultLines(loadIdentity(other))).toEqual([
    `${other}:1:1: network_id: is required`,
    `${other}:1:1: agent_id: is required`,
    `${other}:1:1: actor_uid: is required`,
    `${other}:1:1: actor_uri: is required`,
    `${other}:2:2: actor: unknown key (allowed: version, network_id, agent_id, actor_uid, actor_uri, display_name)`,
  ])
})
