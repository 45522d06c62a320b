import { describe, expect, test } from 'bun:test'
import { unavailableFeatures } from '../src/features.ts'
import type { AttachmentConfig, RuntimeConfig } from '../src/node.ts'
import { loadBridgeConfig, loadNodeConfig, parseNodeConfig } from '../src/node.ts'
import { faultLines, put, temporaryFolder } from './support.ts'

const NETWORK = 'moltnet: {base_url: "http://127.0.0.1:8787/", network_id: local}\n'

async function attachmentsOf(text: string): Promise<{ attachments: AttachmentConfig[]; warnings: string[] }> {
  const options = { features: 'all', cwd: '/srv/node', env: { HOME: '/home/me' } } as const
  const { config, warnings } = await parseNodeConfig(text, options)
  return { attachments: config.attachments, warnings }
}

async function runtimeOf(runtime: string): Promise<RuntimeConfig> {
  const { attachments } = await attachmentsOf(
    `${NETWORK}attachments: [{agent: {id: a}, runtime: {${runtime}}}]`,
  )
  const [attachment] = attachments
  if (!attachment) throw new Error('no attachment')
  return attachment.runtime
}

const launch = { args: [], env: {}, inheritEnv: true }
const workspace = (folder: string) => ({
  workspacePath: folder,
  clientConfigPath: `${folder}/.moltnet/config.json`,
  sessionStorePath: `${folder}/.moltnet/sessions.json`,
  workspaceShared: false,
})

describe('runtimes', () => {
  const table: [runtime: string, config: RuntimeConfig][] = [
    ['kind: openclaw', { kind: 'openclaw', gatewayUrl: 'ws://127.0.0.1:18789' }],
    [
      'kind: openclaw, gateway_url: "wss://h/x", token: "a b", home_path: ~/claw',
      { kind: 'openclaw', gatewayUrl: 'wss://h/x', token: 'a b', homePath: '/home/me/claw' },
    ],
    [
      'kind: picoclaw',
      {
        kind: 'picoclaw',
        via: 'events',
        eventsUrl: 'ws://127.0.0.1:18990/pico/ws',
        fallbackEventsUrl: 'ws://127.0.0.1:18790/pico/ws',
      },
    ],
    ['kind: picoclaw, events_url: "ws://h:1"', { kind: 'picoclaw', via: 'events', eventsUrl: 'ws://h:1' }],
    [
      'kind: picoclaw, config_path: pico.json',
      {
        kind: 'picoclaw',
        via: 'command',
        configPath: '/srv/node/pico.json',
        command: 'picoclaw',
        ...launch,
        ...workspace('/srv/node'),
      },
    ],
    [
      'kind: picoclaw, config_path: /p/p.json, command: ./pico, args: [-v]',
      {
        kind: 'picoclaw',
        via: 'command',
        configPath: '/p/p.json',
        ...launch,
        ...workspace('/p'),
        command: '/srv/node/pico',
        args: ['-v'],
      },
    ],
    ['kind: picoclaw, control_url: "http://h"', { kind: 'picoclaw', via: 'control', controlUrl: 'http://h' }],
    [
      'kind: tinyclaw',
      {
        kind: 'tinyclaw',
        via: 'api',
        inboundUrl: 'http://127.0.0.1:3777/api/message',
        outboundUrl: 'http://127.0.0.1:3777/api/responses/pending?channel=moltnet',
        ackUrl: 'http://127.0.0.1:3777/api/responses',
        channel: 'moltnet',
      },
    ],
    [
      'kind: tinyclaw, ack_url: "https://h:4/x/ack", channel: "my net"',
      {
        kind: 'tinyclaw',
        via: 'api',
        inboundUrl: 'https://h:4/api/message',
        outboundUrl: 'https://h:4/api/responses/pending?channel=my%20net',
        ackUrl: 'https://h:4/x/ack',
        channel: 'my net',
      },
    ],
    [
      'kind: tinyclaw, control_url: "http://h", token: t',
      { kind: 'tinyclaw', via: 'control', controlUrl: 'http://h', channel: 'moltnet', token: 't' },
    ],
    [
      'kind: codex, workspace_path: ws',
      { kind: 'codex', command: 'codex', ...launch, ...workspace('/srv/node/ws') },
    ],
    [
      'kind: claude-code, workspace_path: ~/ws, command: ~/bin/claude, home_path: h, session_store_path: s.json, inherit_env: false, env: {A: b}',
      {
        kind: 'claude-code',
        command: '/home/me/bin/claude',
        args: [],
        env: { A: 'b' },
        inheritEnv: false,
        homePath: '/srv/node/h',
        ...workspace('/home/me/ws'),
        sessionStorePath: '/srv/node/s.json',
      },
    ],
    ['kind: pi, control_url: "http://h"', { kind: 'pi', via: 'control', controlUrl: 'http://h' }],
    [
      'kind: pi, workspace_path: .',
      { kind: 'pi', via: 'command', command: 'pi', ...launch, ...workspace('/srv/node') },
    ],
    [
      'kind: acp, command: gemini, args: [--acp]',
      {
        kind: 'acp',
        command: 'gemini',
        permissions: 'moltnet',
        ...launch,
        args: ['--acp'],
        ...workspace('/srv/node'),
      },
    ],
    [
      'kind: acp, command: gemini, permissions: allow',
      { kind: 'acp', command: 'gemini', permissions: 'allow', ...launch, ...workspace('/srv/node') },
    ],
    [
      'kind: command, command: agent, inherit_env: [PATH]',
      { kind: 'command', command: 'agent', ...launch, inheritEnv: ['PATH'], ...workspace('/srv/node') },
    ],
    ['kind: webhook, url: "https://h/x?y=1"', { kind: 'webhook', url: 'https://h/x?y=1' }],
  ]
  test.each(table)('%s', async (runtime, config) => {
    expect(await runtimeOf(runtime)).toEqual(config)
  })
})

test('an attachment gets every default', async () => {
  const { attachments, warnings } = await attachmentsOf(
    `${NETWORK}attachments: [{agent: {id: a}, runtime: {kind: codex, workspace_path: w}}]`,
  )
  expect(warnings).toEqual([])
  expect(attachments[0]).toMatchObject({
    agent: { id: 'a' },
    moltnet: {
      baseUrl: 'http://127.0.0.1:8787',
      networkId: 'local',
      authMode: 'none',
      registration: 'disabled',
      token: { kind: 'none' },
    },
    rooms: [],
    dms: { enabled: false, wake: 'all', approval: false },
    finalText: 'hold',
    maxConcurrent: 4,
    turnTimeoutMs: 600_000,
    bootstrap: 'first_wake',
    sessionPrefix: 'agent:a',
  })
})

describe('wake rules', () => {
  const table: [notation: string, wake: string, approval: boolean][] = [
    ['', 'all', false],
    ['wake: all', 'all', false],
    ['wake: mentions', 'mentions', false],
    ['wake: thread_only', 'thread_only', false],
    ['wake: never', 'never', false],
    ['wake: mentions, approval: true', 'mentions', true],
    ['approval: true', 'all', true],
    ['read: all', 'all', false],
    ['read: mentions', 'mentions', false],
    ['read: thread_only, reply: auto', 'thread_only', false],
    ['read: mentions, reply: manual', 'mentions', true],
    ['reply: manual', 'all', true],
    ['reply: never', 'never', false],
    ['read: mentions, reply: never', 'never', false],
  ]
  test.each(table)('a room with {%s} wakes by %s, approval %p', async (notation, wake, approval) => {
    const room = `rooms: [{id: r${notation && `, ${notation}`}}]`
    const { attachments } = await attachmentsOf(
      `${NETWORK}attachments: [{agent: {id: a}, runtime: {kind: openclaw}, ${room}}]`,
    )
    expect(attachments[0]?.rooms).toEqual([{ id: 'r', wake, approval }] as never)
  })
  test.each(table)('DMs with {%s}: as %s, but mentions count as all', async (notation, wake, approval) => {
    const dms = `dms: {enabled: true${notation && `, ${notation}`}}`
    const { attachments } = await attachmentsOf(
      `${NETWORK}attachments: [{agent: {id: a}, runtime: {kind: openclaw}, ${dms}}]`,
    )
    expect(attachments[0]?.dms).toEqual({
      enabled: true,
      wake: (wake === 'mentions' ? 'all' : wake) as 'all',
      approval,
    })
  })

  test('what a server said about a room is carried along', async () => {
    const room =
      '{id: r, visibility: public, write_policy: operators, can_write: false, access: {can_read: true, can_write: false, reason: x}}'
    const { attachments } = await attachmentsOf(
      `${NETWORK}attachments: [{agent: {id: a}, runtime: {kind: openclaw}, rooms: [${room}]}]`,
    )
    expect(attachments[0]?.rooms[0]).toMatchObject({
      visibility: 'public',
      writePolicy: 'operators',
      canWrite: false,
      access: { can_read: true, can_write: false, reason: 'x' },
    })
  })

  test('approval is accepted in both notations', async () => {
    const text = `${NETWORK}attachments: [{agent: {id: a}, runtime: {kind: command, command: x}, rooms: [{id: r, reply: manual}], dms: {enabled: true, approval: true}}]`
    const { config, warnings } = await parseNodeConfig(text)
    expect(unavailableFeatures(config)).toEqual([])
    expect(warnings).toEqual([])
    expect(config.attachments[0]).toMatchObject({ rooms: [{ approval: true }], dms: { approval: true } })
  })

  test('a rule for DMs that stay off is a warning', async () => {
    const { warnings } = await attachmentsOf(
      `${NETWORK}attachments: [{agent: {id: a}, runtime: {kind: openclaw}, dms: {wake: all}}]`,
    )
    expect(warnings).toEqual([
      'attachments[0].dms: has a rule, but direct messages stay off without enabled: true',
    ])
  })
})

describe('final text', () => {
  test.each([
    ['kind: openclaw', 'publish'],
    ['kind: pi, control_url: "http://h"', 'publish'],
    ['kind: pi, workspace_path: w', 'hold'],
    ['kind: codex, workspace_path: w', 'hold'],
    ['kind: picoclaw', 'hold'],
  ])('of %s: %s', async (runtime, finalText) => {
    const text = `${NETWORK}attachments: [{agent: {id: a}, runtime: {${runtime}}}]`
    expect((await attachmentsOf(text)).attachments[0]?.finalText as string).toBe(finalText)
    const ignored = text.replace('agent:', 'final_text: ignore, agent:')
    expect((await attachmentsOf(ignored)).attachments[0]?.finalText).toBe('ignore')
  })
})

describe('tokens of attachments', () => {
  const connectionsOf = async (network: string, own: string) => {
    const text = `moltnet: {base_url: "http://h", network_id: n${network}}
attachments: [{agent: {id: a}, runtime: {kind: openclaw}${own}}]`
    return (await attachmentsOf(text)).attachments[0]?.moltnet
  }
  test.each<[name: string, keys: [network: string, own: string], expected: Record<string, unknown>]>([
    ['none is needed', ['', ''], { authMode: 'none', token: { kind: 'none' } }],
    [
      'a token makes it bearer',
      [', token: x', ''],
      { authMode: 'bearer', token: { kind: 'value', token: 'x', rule: 'any' } },
    ],
    [
      'an own one too',
      ['', ', moltnet: {token_env: T}'],
      { authMode: 'bearer', token: { kind: 'env', name: 'T', rule: 'any' } },
    ],
    [
      'the own one wins',
      [', token: x', ', moltnet: {token_path: t}'],
      { authMode: 'bearer', token: { kind: 'file', path: '/srv/node/t', rule: 'any' } },
    ],
    [
      'token wins over token_env and token_path',
      [', token_path: p, token_env: E, token: x', ''],
      { token: { kind: 'value', token: 'x' } },
    ],
    [
      'token_env wins over token_path',
      [', token_path: p, token_env: E', ''],
      { token: { kind: 'env', name: 'E' } },
    ],
    [
      'open mode claims into the own file',
      [', auth_mode: open', ', moltnet: {token_path: t}'],
      { authMode: 'open', registration: 'open', token: { kind: 'file', path: '/srv/node/t', rule: 'claim' } },
    ],
    [
      'without registration nothing is claimed',
      [', auth_mode: open, registration: disabled', ', moltnet: {token_path: t}'],
      { registration: 'disabled', token: { rule: 'any' } },
    ],
    [
      'a static token is shared and never claimed',
      [', auth_mode: open, static_token: true, token_path: t', ''],
      { authMode: 'open', token: { kind: 'file', path: '/srv/node/t', rule: 'static' } },
    ],
    [
      'an own token beside a static one is the agent`s',
      [', auth_mode: open, static_token: true, token: x', ', moltnet: {token_path: t}'],
      { token: { kind: 'file', path: '/srv/node/t', rule: 'claim' } },
    ],
  ])('%s', async (_name, [network, own], expected) => {
    expect(await connectionsOf(network, own)).toMatchObject(expected)
  })

  test('the variables of all sources are known, so that no runtime gets them', async () => {
    const text = `moltnet: {base_url: "http://h", network_id: n, token_env: SHARED}
attachments: [{agent: {id: a}, moltnet: {token_env: OWN}, runtime: {kind: command, command: x}}]`
    expect((await parseNodeConfig(text)).config.tokenEnvNames).toEqual(['SHARED', 'OWN'])
  })

  test('a token that is not sent is a warning', async () => {
    const text = `moltnet: {base_url: "http://h", network_id: n, auth_mode: none, token: x}
attachments: [{agent: {id: a}, runtime: {kind: openclaw}}]`
    expect((await attachmentsOf(text)).warnings).toEqual([
      'attachments[0].moltnet: the token is not sent because auth_mode is none',
    ])
  })
})

test('attachments in one folder get files of their own, and it is said', async () => {
  const { attachments, warnings } = await attachmentsOf(`${NETWORK}attachments:
  - {agent: {id: a}, runtime: {kind: codex, workspace_path: ws}}
  - {agent: {id: b}, runtime: {kind: claude-code, workspace_path: ./x/../ws, session_store_path: b.json}}
  - {agent: {id: c}, runtime: {kind: command, command: x, workspace_path: other}}`)
  const [first, second, third] = attachments.map(({ runtime }) => runtime)
  expect(first).toMatchObject({
    workspaceShared: true,
    clientConfigPath: '/srv/node/ws/.moltnet/agents/a/config.json',
    sessionStorePath: '/srv/node/ws/.moltnet/agents/a/sessions.json',
  })
  expect(second).toMatchObject({
    clientConfigPath: '/srv/node/ws/.moltnet/agents/b/config.json',
    sessionStorePath: '/srv/node/b.json',
  })
  expect(third).toMatchObject({ workspaceShared: false })
  expect(warnings).toEqual([
    'a and b work in one folder, /srv/node/ws: each gets .moltnet/agents/<id>/config.json and a session store of its own',
  ])
})

test('attachments that would share their sessions are pointed out', async () => {
  const { warnings } = await attachmentsOf(
    `${NETWORK}attachments: [{agent: {id: a}, runtime: {kind: openclaw}}, {agent: {id: b}, runtime: {kind: openclaw}}]`,
  )
  expect(warnings).toEqual([
    'a and b have the same session_prefix at one runtime, so they share their sessions; give each its own',
  ])
})

describe('finding the files', () => {
  test('takes an explicit path, then the variable, then the usual names; paths are relative to the file', async () => {
    const cwd = await temporaryFolder()
    const text = (id: string): string =>
      `moltnet: {base_url: "http://h", network_id: ${id}}\nattachments: [{agent: {id: a}, moltnet: {token_path: t}, runtime: {kind: command, command: x}}]`
    const found = async (options: { path?: string; env?: Record<string, string> } = {}) => {
      const { config, path } = await loadNodeConfig({ cwd, env: {}, ...options })
      const { networkId, token } = config.attachments[0]?.moltnet ?? {}
      return [networkId as string, path, token?.kind === 'file' ? token.path : undefined]
    }
    await put(cwd, 'moltnet-node.yml', text('yml'))
    expect(await found()).toEqual(['yml', `${cwd}/moltnet-node.yml`, `${cwd}/t`])
    await put(cwd, 'moltnet-node.yaml', text('yaml'))
    expect((await found())[0]).toBe('yaml')
    await put(cwd, 'MoltnetNode', text('plain'))
    expect((await found())[0]).toBe('plain')
    await put(cwd, 'sub/v', text('variable'))
    const env = { MOLTNET_NODE_CONFIG: 'sub/v' }
    expect(await found({ env })).toEqual(['variable', `${cwd}/sub/v`, `${cwd}/sub/t`])
    expect((await found({ env, path: 'MoltnetNode' }))[0]).toBe('plain')
  })

  test('no file is a fault that says what was looked for', async () => {
    const cwd = await temporaryFolder()
    expect(await faultLines(loadNodeConfig({ cwd, env: {} }))).toEqual([
      'MoltnetNode: there is no such file (looked for MoltnetNode, moltnet-node.yaml, moltnet-node.yml, moltnet-node.json); moltnet init writes one',
    ])
    expect(await faultLines(loadBridgeConfig('b.json', { cwd, env: {} }))).toEqual([
      'b.json: there is no such file',
    ])
  })

  test('a bridge is a node with one attachment', async () => {
    const cwd = await temporaryFolder()
    await put(
      cwd,
      'b.json',
      JSON.stringify({
        version: 'moltnet.bridge.v1',
        moltnet: { base_url: 'http://h', network_id: 'n', token: 't' },
        agent: { id: 'a', name: 'A' },
        runtime: { kind: 'command', command: 'x' },
        rooms: [{ id: 'r', read: 'mentions', reply: 'auto' }],
        dms: { enabled: true },
        turn_timeout: '90s',
      }),
    )
    const { config, path } = await loadBridgeConfig('b.json', { cwd, env: {} })
    expect(path).toBe(`${cwd}/b.json`)
    expect(config.attachments).toHaveLength(1)
    expect(config.attachments[0]).toMatchObject({
      agent: { id: 'a', name: 'A' },
      rooms: [{ id: 'r', wake: 'mentions', approval: false }],
      dms: { enabled: true, wake: 'all' },
      turnTimeoutMs: 90_000,
    })
  })
})
