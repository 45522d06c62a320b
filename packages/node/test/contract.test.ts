import type { ContractRuntime } from './adapter-contract.ts'
import { describeAdapter } from './adapter-contract.ts'
import { programScene, scriptScene } from './support/program-scene.ts'

const PROGRAMS: ContractRuntime[] = [
  {
    name: 'claude-code',
    open: (harness) => programScene(harness, { kind: 'claude-code', name: 'claude', sessions: '.claude' }),
    hasText: true,
    hasSessions: true,
    crash: 'failed',
    version: '2.1.3',
    missing: /^claude was not found: install Claude Code with `npm install/,
  },
  {
    name: 'codex',
    open: (harness) => programScene(harness, { kind: 'codex', name: 'codex', sessions: '.codex' }),
    hasText: true,
    hasSessions: true,
    crash: 'failed',
    version: '0.169.0',
    missing: /^codex was not found: install Codex with `npm install/,
  },
]

for (const kind of PROGRAMS) describeAdapter(kind)

describeAdapter({
  name: 'command',
  open({ folder }) {
    const command = folder.join('fakes', 'any')
    const runtime = { kind: 'command', command, workspace_path: folder.join('work') }
    return scriptScene(command, 'fake-command.ts', runtime)
  },
  hasText: true,
  // Its output is its text.
  floodHidesText: true,
  hasSessions: false,
  crash: 'failed',
  missing: /any was not found: install it, or set runtime\.command to its path$/,
})
