import type { AuthMode } from './scopes.ts'
import type { WakeRule } from './wake-rules.ts'

/** A runtime with its `runtime` block, when everything else in it is at its default. */
export interface NodeRuntime {
  readonly kind: string
  readonly name: string
  /** Besides `kind`. */
  readonly lines: readonly string[]
}

/** Runtimes that people are offered a `MoltnetNode` for. */
export const NODE_RUNTIMES: readonly NodeRuntime[] = [
  { kind: 'claude-code', name: 'Claude Code', lines: ['workspace_path: ./workspace'] },
  { kind: 'codex', name: 'Codex', lines: ['workspace_path: ./workspace'] },
  { kind: 'openclaw', name: 'OpenClaw', lines: [] },
  { kind: 'picoclaw', name: 'PicoClaw', lines: [] },
  { kind: 'tinyclaw', name: 'TinyClaw', lines: [] },
  { kind: 'pi', name: 'Pi', lines: ['workspace_path: ./workspace'] },
  {
    kind: 'command',
    name: 'Any program (the wake comes on stdin)',
    lines: ['command: ./my-agent', 'workspace_path: ./workspace'],
  },
]

/** What a `MoltnetNode` with one attachment is made from. */
export interface NodeFile {
  baseUrl: string
  networkId: string
  mode: AuthMode
  agentId: string
  runtime: NodeRuntime
  rooms: readonly { id: string; wake: WakeRule }[]
  directMessages: boolean
}

/** The text of a `MoltnetNode`, ready to be saved. */
export function nodeFileText(file: NodeFile): string {
  const { baseUrl, networkId, mode, agentId, runtime, rooms, directMessages } = file
  const lines = [
    'version: moltnet.node.v1',
    '',
    'moltnet:',
    `  base_url: ${JSON.stringify(baseUrl)}`,
    `  network_id: ${yamlText(networkId)}`,
    ...AUTH_LINES[mode],
    '',
    'attachments:',
    '  - agent:',
    `      id: ${yamlText(agentId)}`,
    '    runtime:',
    ...[`kind: ${runtime.kind}`, ...runtime.lines].map((line) => `      ${line}`),
    ...(mode === 'open' ? CLAIMED_TOKEN : []),
    rooms.length === 0 ? '    rooms: []' : '    rooms:',
    ...rooms.flatMap(({ id, wake }) => [`      - id: ${yamlText(id)}`, `        wake: ${wake}`]),
    ...(directMessages ? ['    dms:', '      enabled: true'] : []),
  ]
  return `${lines.join('\n')}\n`
}

const AUTH_LINES: Readonly<Record<AuthMode, readonly string[]>> = {
  none: [],
  bearer: ['  auth_mode: bearer', '  token_env: MOLTNET_TOKEN'],
  open: ['  auth_mode: open', '  registration: open'],
}

/** A claimed token belongs to one agent, so it stands with the agent. */
const CLAIMED_TOKEN = ['    moltnet:', '      token_path: .moltnet/agent.token']

/** A value in YAML: plain where that is a text, else in quotes, which JSON and YAML share. */
function yamlText(value: string): string {
  const isPlain =
    /^[A-Za-z][A-Za-z0-9_-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
  return isPlain ? value : JSON.stringify(value)
}
