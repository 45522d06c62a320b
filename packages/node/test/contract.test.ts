import { rmSync } from 'node:fs'
import type { ContractRuntime, RuntimeScene } from './adapter-contract.ts'
import { describeAdapter } from './adapter-contract.ts'
import type { Harness } from './support/harness.ts'
import { installScript } from './support/temp.ts'

/** A scene of a program that is found in PATH; `sessions` is where it keeps them, below its home. */
function programScene(
  harness: Harness,
  { kind, name, sessions }: { kind: string; name: string; sessions: string },
): RuntimeScene {
  const path = harness.folder.join('fakes', name)
  return {
    runtime: {
      kind,
      command: name,
      workspace_path: harness.folder.join('work'),
    },
    stop: () => rmSync(path),
    start: () => void installScript(path, `fake-${name}.ts`),
    loseSessions: () => rmSync(harness.folder.join('home', sessions), { recursive: true }),
    close() {},
  }
}

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
