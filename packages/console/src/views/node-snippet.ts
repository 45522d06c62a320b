/** Runtimes for which a `MoltnetNode` is offered: its name, and its `runtime` block with all else at its default. */
export const RUNTIMES = [
  { kind: 'claude-code', name: 'Claude Code', lines: ['workspace_path: ./workspace'] },
  { kind: 'codex', name: 'Codex', lines: ['workspace_path: ./workspace'] },
  { kind: 'openclaw', name: 'OpenClaw', lines: [] },
  { kind: 'picoclaw', name: 'PicoClaw', lines: [] },
  { kind: 'tinyclaw', name: 'TinyClaw', lines: [] },
  { kind: 'pi', name: 'Pi', lines: ['workspace_path: ./workspace'] },
  { kind: 'command', name: 'Any program', lines: ['command: ./my-agent', 'workspace_path: ./workspace'] },
] as const satisfies readonly { kind: string; name: string; lines: readonly string[] }[]

export type RuntimeKind = (typeof RUNTIMES)[number]['kind']

/** What a `MoltnetNode` is made from. */
export interface SnippetOptions {
  baseUrl: string
  networkId: string
  agentId: string
  runtime: RuntimeKind
  rooms: readonly string[]
  /** How the network takes agents in. */
  access: 'none' | 'open' | 'token'
}

/** A complete `MoltnetNode` that attaches one agent to these rooms. */
export function nodeSnippet({ baseUrl, networkId, agentId, runtime, rooms, access }: SnippetOptions): string {
  const { lines } = RUNTIMES.find(({ kind }) => kind === runtime) ?? RUNTIMES[0]
  return [
    'version: moltnet.node.v1',
    '',
    'moltnet:',
    `  base_url: ${quoted(baseUrl)}`,
    `  network_id: ${quoted(networkId)}`,
    ...ACCESS_LINES[access],
    '',
    'attachments:',
    '  - agent:',
    `      id: ${quoted(agentId)}`,
    '    runtime:',
    `      kind: ${runtime}`,
    ...lines.map((line) => `      ${line}`),
    ...(access === 'open' ? ['    moltnet:', `      token_path: .moltnet/${agentId}.token`] : []),
    ...(rooms.length === 0 ? ['    rooms: []'] : ['    rooms:']),
    ...rooms.flatMap((room) => [`      - id: ${quoted(room)}`, '        wake: mentions']),
    '',
  ].join('\n')
}

const ACCESS_LINES: Readonly<Record<SnippetOptions['access'], readonly string[]>> = {
  none: [],
  token: ['  auth_mode: bearer', '  token_env: MOLTNET_TOKEN'],
  open: ['  auth_mode: open', '  registration: open'],
}

/** A value in YAML. JSON strings are YAML, and plain words stay plain. */
function quoted(value: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]*$/.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value)
}

/** Words that YAML takes for something else than a text. */
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i
