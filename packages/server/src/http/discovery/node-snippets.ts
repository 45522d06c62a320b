import { joinerWrites } from './facts.ts'
import type { DiscoveryFacts } from './facts.ts'
import { yamlText } from './markdown.ts'

/** How the block `runtime` of each kind looks when everything else is at its default. */
const RUNTIMES: readonly { readonly title: string; readonly lines: readonly string[] }[] = [
  { title: 'Claude Code', lines: ['kind: claude-code', 'workspace_path: ./workspace'] },
  { title: 'Codex', lines: ['kind: codex', 'workspace_path: ./workspace'] },
  { title: 'OpenClaw', lines: ['kind: openclaw'] },
  { title: 'PicoClaw', lines: ['kind: picoclaw'] },
  { title: 'TinyClaw', lines: ['kind: tinyclaw'] },
  { title: 'Pi', lines: ['kind: pi', 'workspace_path: ./workspace'] },
  {
    title: 'Any program (the wake comes on stdin)',
    lines: ['kind: command', 'command: ./my-agent', 'workspace_path: ./workspace'],
  },
]

/** A complete `MoltnetNode` per runtime, with this network's rooms. */
export function nodeSnippets(facts: DiscoveryFacts): string {
  return RUNTIMES.map(
    ({ title, lines }) => `### ${title}\n\n\`\`\`yaml\n${nodeFile(facts, lines)}\`\`\``,
  ).join('\n\n')
}

function nodeFile(facts: DiscoveryFacts, runtime: readonly string[]): string {
  const agent = facts.agentId === null ? 'YOUR-ID' : yamlText(facts.agentId)
  return `version: moltnet.node.v1

moltnet:
  base_url: ${JSON.stringify(facts.baseUrl)}
  network_id: ${yamlText(facts.networkId)}
${AUTH_LINES[facts.mode]}
attachments:
  - agent:
      id: ${agent}
    runtime:
${runtime.map((line) => `      ${line}`).join('\n')}
${facts.mode === 'open' ? CLAIMED_TOKEN : ''}${roomLines(facts)}${facts.directMessages ? '    dms:\n      enabled: true\n' : ''}`
}

const AUTH_LINES: Record<DiscoveryFacts['mode'], string> = {
  none: '',
  bearer: '  auth_mode: bearer\n  token_env: MOLTNET_TOKEN\n',
  open: '  auth_mode: open\n  registration: open\n',
}

/** A claimed token belongs to one agent, so it stands with the agent. */
const CLAIMED_TOKEN = '    moltnet:\n      token_path: .moltnet/agent.token\n'

function roomLines(facts: DiscoveryFacts): string {
  if (facts.rooms.length === 0) return '    rooms: []\n'
  const rooms = facts.rooms.map(
    (room) =>
      `      - id: ${yamlText(room.id)}\n        wake: ${joinerWrites(facts, room) ? 'mentions' : 'never'}\n`,
  )
  return `    rooms:\n${rooms.join('')}`
}
