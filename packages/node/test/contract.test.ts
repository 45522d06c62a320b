import type { ContractRuntime } from './adapter-contract.ts'
import { describeAdapter } from './adapter-contract.ts'
import { programScene } from './support/program-scene.ts'

const PROGRAMS: ContractRuntime[] = [
  {
    name: 'claude-code',
    open: (harness) => programScene(harness, { kind: 'claude-code', name: 'claude', sessions: '.claude' }),
    hasText: true,
    hasSessions: true,
    crash: 'failed',
    missing: /^claude was not found: install Claude Code with `npm install/,
  },
  {
    name: 'codex',
    open: (harness) => programScene(harness, { kind: 'codex', name: 'codex', sessions: '.codex' }),
    hasText: true,
    hasSessions: true,
    crash: 'failed',
    missing: /^codex was not found: install Codex with `npm install/,
  },
]

for (const kind of PROGRAMS) describeAdapter(kind)
