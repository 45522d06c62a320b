import { describe, expect, test } from 'bun:test'
import { parseBridgeConfig, parseNodeConfig } from '../src/node.ts'
import { faultLines } from './support.ts'

const NETWORK = 'moltnet: {base_url: "http://127.0.0.1:8787", network_id: local}\n'
const TOKEN = 'must be a token: not empty, without spaces, line breaks or special characters'
const KINDS = 'openclaw, picoclaw, tinyclaw, codex, claude-code, pi, acp, command, webhook'

/** Faults of the file `MoltnetNode` with these attachments, which start in line 2. */
function faultsOf(attachments: string): Promise<string[]> {
  return faultLines(parseNodeConfig(NETWORK + attachments, { features: 'all', env: { HOME: '/home/me' } }))
}

/** Faults of one attachment with these keys; its mapping starts in line 2 at column 15. */
function faultsOfRuntime(runtime: string): Promise<string[]> {
  return faultsOf(`attachments: [{agent: {id: a}, runtime:\n  {${runtime}}}]`)
}

describe('the network of a node', () => {
  const table: [name: string, text: string, faults: string[]][] = [
    ['nothing', '', ['1:1: moltnet: is required']],
    [
      'no URL and no id',
      'moltnet: {}',
      ['1:10: moltnet.base_url: is required', '1:10: moltnet.network_id: is required'],
    ],
    [
      'a URL without a scheme',
      'moltnet:\n  base_url: localhost:8787\n  network_id: local',
      ['2:13: moltnet.base_url: must be a URL with http or https and a host'],
    ],
    [
      'a URL without a host',
      'moltnet: {base_url: "http://", network_id: local}',
      ['1:21: moltnet.base_url: must be a URL with http or https and a host'],
    ],
    [
      'a URL with a query',
      'moltnet: {base_url: "http://h?x=1", network_id: local}',
      ['1:21: moltnet.base_url: must not hold a query (?...)'],
    ],
    [
      'an empty token, even with another source behind it',
      'moltnet: {base_url: "http://h", network_id: local, token: "", token_env: T}',
      [`1:59: moltnet.token: ${TOKEN}`],
    ],
    [
      'a token path without a value',
      'moltnet: {base_url: "http://h", network_id: local, token_path: }',
      ['1:52: moltnet.token_path: has no value; it must be text'],
    ],
    [
      'a variable that has no name',
      'moltnet: {base_url: "http://h", network_id: local, token_env: "my token"}',
      ['1:63: moltnet.token_env: must be the name of an environment variable, such as MOLTNET_TOKEN'],
    ],
    [
      'a shared token in open mode',
      'moltnet:\n  base_url: http://h\n  network_id: local\n  auth_mode: open\n  token_env: T',
      [
        '5:3: moltnet.token_env: all agents share this token source, which auth_mode open allows only with static_token: true; give each attachment a token_path of its own instead',
      ],
    ],
    [
      'an agent token as a static one',
      `moltnet: {base_url: "http://h", network_id: local, auth_mode: open, static_token: true, token: magt_v1_x}`,
      [
        '1:96: moltnet.token: is the token of one agent; with static_token it must be a static token of the server',
      ],
    ],
  ]
  test.each(table)('%s', async (_name, text, faults) => {
    expect(await faultLines(parseNodeConfig(text))).toEqual(faults.map((fault) => `MoltnetNode:${fault}`))
  })

  test('bearer needs a token source for every attachment', async () => {
    const text = `moltnet: {base_url: "http://h", network_id: n, auth_mode: bearer}
attachments:
  - {agent: {id: a}, moltnet: {token_env: T}, runtime: {kind: command, command: x}}
  - {agent: {id: b}, runtime: {kind: command, command: x}}`
    expect(await faultLines(parseNodeConfig(text))).toEqual([
      'MoltnetNode:4:5: attachments[1].moltnet.token: auth_mode bearer needs token, token_env or token_path',
    ])
  })

  test('open mode needs a token source of its own for every attachment', async () => {
    const text = `moltnet: {base_url: "http://h", network_id: n, auth_mode: open}
attachments:
  - {agent: {id: a}, moltnet: {token_path: x/../t}, runtime: {kind: command, command: x}}
  - {agent: {id: b}, moltnet: {token_path: ./t}, runtime: {kind: command, command: x}}
  - {agent: {id: c}, runtime: {kind: command, command: x}}`
    expect(await faultLines(parseNodeConfig(text))).toEqual([
      'MoltnetNode:4:44: attachments[1].moltnet.token_path: attachments[0] has this token source too; in open mode each agent needs its own',
      'MoltnetNode:5:5: attachments[2].moltnet.token_path: auth_mode open needs a token_path, where the token that the agent claims is kept',
    ])
  })
})

describe('attachments', () => {
  const RUNTIME = 'runtime: {kind: command, command: x}'
  const table: [name: string, attachments: string, faults: string[]][] = [
    [
      'no agent and no runtime',
      'attachments:\n  - rooms: []',
      ['3:5: attachments[0].agent: is required', '3:5: attachments[0].runtime: is required'],
    ],
    [
      'an agent twice',
      `attachments:\n  - {agent: {id: a}, ${RUNTIME}}\n  - {agent: {id: b}, ${RUNTIME}}\n  - {agent: {id: a}, ${RUNTIME}}`,
      ['5:18: attachments[2].agent.id: a is the agent of attachments[0] already'],
    ],
    [
      'a base URL in an attachment',
      `attachments: [{agent: {id: a}, moltnet: {base_url: "http://x"}, ${RUNTIME}}]`,
      ['2:42: attachments[0].moltnet.base_url: unknown key (allowed: token, token_env, token_path)'],
    ],
    [
      'a room twice',
      `attachments: [{agent: {id: a}, ${RUNTIME}, rooms: [{id: r}, {id: s}, {id: r}]}]`,
      ['2:101: attachments[0].rooms[2].id: r stands in attachments[0].rooms[0] already'],
    ],
    [
      'both notations for one room',
      `attachments: [{agent: {id: a}, ${RUNTIME}, rooms: [{id: r, wake: all, read: all}]}]`,
      ['2:86: attachments[0].rooms[0].wake: must not stand beside read: they are two notations of one rule'],
    ],
    [
      'both notations for DMs',
      `attachments: [{agent: {id: a}, ${RUNTIME}, dms: {enabled: true, approval: true, reply: never}}]`,
      [
        '2:91: attachments[0].dms.approval: must not stand beside reply: they are two notations of one rule (write reply: manual)',
      ],
    ],
    [
      'never as read',
      `attachments: [{agent: {id: a}, ${RUNTIME}, rooms: [{id: r, read: never}]}]`,
      ['2:92: attachments[0].rooms[0].read: must be one of all, mentions, thread_only, not "never"'],
    ],
    [
      'a wrong wake rule',
      `attachments: [{agent: {id: a}, ${RUNTIME}, rooms: [{id: r, wake: mention}]}]`,
      [
        '2:92: attachments[0].rooms[0].wake: must be one of all, mentions, thread_only, never, not "mention" (did you mean mentions?)',
      ],
    ],
    [
      'a turn of two days',
      `attachments: [{agent: {id: a}, ${RUNTIME}, turn_timeout: 2d}]`,
      ['2:84: attachments[0].turn_timeout: must be at most 24h'],
    ],
    [
      'no turn at a time',
      `attachments: [{agent: {id: a}, ${RUNTIME}, max_concurrent: 0}]`,
      ['2:86: attachments[0].max_concurrent: must be at least 1'],
    ],
    [
      'guards in the wrong order',
      `attachments: [{agent: {id: a}, ${RUNTIME}, guards: {chain_soft: 9, chain_hard: 3}}]`,
      ['2:91: attachments[0].guards.chain_soft: chain_soft (9) must not be more than chain_hard (3)'],
    ],
  ]
  test.each(table)('%s', async (_name, attachments, faults) => {
    expect(await faultsOf(attachments)).toEqual(faults.map((fault) => `MoltnetNode:${fault}`))
  })
})

describe('runtimes', () => {
  const table: [name: string, runtime: string, faults: string[]][] = [
    ['no kind', 'command: x', [`3:3: kind: is required: it must be one of ${KINDS}`]],
    ['an unknown kind', 'kind: claude', [`3:10: kind: must be one of ${KINDS}, not "claude"`]],
    [
      'a mistyped kind',
      'kind: opencalw',
      [`3:10: kind: must be one of ${KINDS}, not "opencalw" (did you mean openclaw?)`],
    ],
    [
      'a field of another kind',
      'kind: codex, workspace_path: w, gateway_url: "ws://x"',
      ['3:36: gateway_url: is not used by kind codex (used by openclaw)'],
    ],
    [
      'a field of several other kinds',
      'kind: webhook, url: "http://x", workspace_path: w',
      ['3:36: workspace_path: is not used by kind webhook (used by codex, claude-code, pi, acp, command)'],
    ],
    [
      'a field of no kind',
      'kind: webhook, uri: "http://x", url: "http://x"',
      ['3:19: uri: unknown key (did you mean url?)'],
    ],
    ['codex without a workspace', 'kind: codex', ['3:3: workspace_path: is required']],
    ['claude-code without a workspace', 'kind: claude-code', ['3:3: workspace_path: is required']],
    ['command without a command', 'kind: command', ['3:3: command: is required']],
    ['acp without a command', 'kind: acp, args: [x]', ['3:3: command: is required']],
    ['webhook without a URL', 'kind: webhook', ['3:3: url: is required']],
    [
      'http for a WebSocket',
      'kind: openclaw, gateway_url: "http://h"',
      ['3:33: gateway_url: must be a URL with ws or wss and a host'],
    ],
    [
      'a WebSocket for http',
      'kind: webhook, url: "ws://h"',
      ['3:24: url: must be a URL with http or https and a host'],
    ],
    ['pi with neither seam', 'kind: pi', ['3:3: workspace_path: is required (or control_url)']],
    [
      'pi with both seams',
      'kind: pi, control_url: "http://h", workspace_path: w, args: []',
      [
        '3:39: workspace_path: must not stand beside control_url',
        '3:58: args: must not stand beside control_url',
      ],
    ],
    [
      'pi with a broken URL and nothing else',
      'kind: pi, control_url: "ws://h"',
      ['3:27: control_url: must be a URL with http or https and a host'],
    ],
    [
      'two seams of picoclaw',
      'kind: picoclaw, events_url: "ws://h", control_url: "http://h"',
      ['3:42: control_url: must not stand beside events_url'],
    ],
    [
      'a command of picoclaw without its configuration',
      'kind: picoclaw, command: pico, args: []',
      ['3:20: command: is only used with config_path', '3:35: args: is only used with config_path'],
    ],
    [
      'tinyclaw with a control URL and others',
      'kind: tinyclaw, control_url: "http://h", ack_url: "http://h"',
      ['3:45: ack_url: must not stand beside control_url'],
    ],
    [
      'a number as an argument',
      'kind: command, command: x, args: [-p, 5]',
      ['3:42: args[1]: must be text, not a number (put it in quotes)'],
    ],
    [
      'a number as a variable',
      'kind: command, command: x, env: {PORT: 80}',
      ['3:43: env.PORT: must be text, not a number (put it in quotes)'],
    ],
    [
      'a variable with a bad name',
      'kind: command, command: x, env: {"A B": x}',
      ['3:37: env["A B"]: must be the name of an environment variable, such as MOLTNET_TOKEN'],
    ],
    [
      'an environment that is text',
      'kind: command, command: x, inherit_env: "yes"',
      ['3:44: inherit_env: must be true, false or a list of variable names'],
    ],
    [
      'a name of the environment that is none',
      'kind: command, command: x, inherit_env: [PATH, "a-b"]',
      ['3:51: inherit_env[1]: must be the name of an environment variable, such as MOLTNET_TOKEN'],
    ],
  ]
  test.each(table)('%s', async (_name, runtime, faults) => {
    const expected = faults.map((fault) => fault.replace(': ', ': attachments[0].runtime.'))
    expect(await faultsOfRuntime(runtime)).toEqual(expected.map((fault) => `MoltnetNode:${fault}`))
  })

  test('a token of Moltnet cannot be inherited', async () => {
    const text = `moltnet: {base_url: "http://h", network_id: n, token_env: MY_TOKEN}
attachments: [{agent: {id: a}, runtime: {kind: command, command: x, inherit_env: [PATH, MY_TOKEN]}}]`
    expect(await faultLines(parseNodeConfig(text))).toEqual([
      'MoltnetNode:2:89: attachments[0].runtime.inherit_env[1]: MY_TOKEN holds a Moltnet token, which a runtime must not get',
    ])
  })
})

describe('bridges', () => {
  const bridge = (over: Record<string, unknown>): string =>
    JSON.stringify({
      version: 'moltnet.bridge.v1',
      moltnet: { base_url: 'http://h', network_id: 'n' },
      agent: { id: 'a' },
      runtime: { kind: 'command', command: 'x' },
      ...over,
    })

  test('the version is required', async () => {
    const faults = await faultLines(
      parseBridgeConfig('{"agent": {"id": "a"}, "runtime": {"kind": "pi"}}', { features: 'all' }),
    )
    expect(faults).toEqual([
      'bridge.json:1:1: version: is required: it must be moltnet.bridge.v1',
      'bridge.json:1:1: moltnet: is required',
      'bridge.json:1:35: runtime.workspace_path: is required (or control_url)',
    ])
  })

  test('YAML is refused, whatever the name', async () => {
    const faults = await faultLines(parseBridgeConfig('version: moltnet.bridge.v1', { file: 'bridge.yaml' }))
    expect(faults).toEqual(['bridge.yaml:1:1: expected a JSON value'])
  })

  test('the rules of an attachment hold', async () => {
    const text = bridge({ rooms: [{ id: 'r', wake: 'all', read: 'all' }], attachments: [] })
    const lines = await faultLines(parseBridgeConfig(text))
    expect(lines.map((line) => line.replace(/^bridge\.json:1:\d+: /, ''))).toEqual([
      'rooms[0].wake: must not stand beside read: they are two notations of one rule',
      'attachments: unknown key (allowed: version, moltnet, agent, runtime, rooms, dms, final_text, max_concurrent, turn_timeout, bootstrap, guards)',
    ])
  })

  test('its token is its own, so open mode needs no static token', async () => {
    const open = { base_url: 'http://h', network_id: 'n', auth_mode: 'open' }
    const { config } = await parseBridgeConfig(bridge({ moltnet: { ...open, token_path: 'a.token' } }), {
      cwd: '/srv',
    })
    expect(config.attachments[0]?.moltnet.token).toEqual({
      kind: 'file',
      path: '/srv/a.token',
      rule: 'claim',
    })
    const [fault] = await faultLines(parseBridgeConfig(bridge({ moltnet: open })))
    expect(fault).toContain('moltnet.token_path: auth_mode open needs a token_path')
  })
})
