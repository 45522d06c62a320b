import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import type { CliRuntime, ProgramRuntime } from '@moltnet/config'
import { createLauncher } from '../../src/attachment/launcher.ts'
import { createProgramAdapter } from '../../src/adapters/registry.ts'
import type { LaunchedRuntime } from '../../src/adapters/registry.ts'
import type { Adapter, Session } from '../../src/adapters/adapter.ts'
import { TurnRecords } from '../../src/state/turn-records.ts'
import { installScript } from './temp.ts'
import type { TempFolder } from './temp.ts'

/** A line of the fake runtimes' run log. */
export interface LogLine {
  event: string
  pid: number
  args?: string[]
  prompt?: string
  cwd?: string
  env?: Record<string, string>
  id?: string
  how?: string
  output?: string
  code?: number
}

/** What the fake runtimes noted so far. */
export function runLog(folder: TempFolder): LogLine[] {
  const path = folder.join('log')
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine)
}

/** Lines of one kind. */
export function logged(folder: TempFolder, event: string): LogLine[] {
  return runLog(folder).filter((line) => line.event === event)
}

/** Puts `claude` and `codex` into a folder for PATH; returns the PATH. */
export function installFakes(folder: TempFolder): string {
  installScript(folder.join('fakes', 'claude'), 'fake-claude.ts')
  installScript(folder.join('fakes', 'codex'), 'fake-codex.ts')
  return [folder.join('fakes'), '/usr/bin', '/bin'].join(delimiter)
}

type Runtime = CliRuntime | (ProgramRuntime & { kind: 'command' })

/** A runtime of a kind, working in the temporary folder. */
export function runtimeOf(
  folder: TempFolder,
  kind: Runtime['kind'],
  more: Partial<CliRuntime> = {},
): Runtime {
  const workspace = folder.join('work')
  mkdirSync(workspace, { recursive: true })
  const command = kind === 'claude-code' ? 'claude' : kind
  return {
    kind,
    command,
    args: [],
    env: { FAKE_LOG: folder.join('log'), PATH: installFakes(folder) },
    inheritEnv: false,
    workspacePath: workspace,
    clientConfigPath: folder.join('work', '.moltnet', 'config.json'),
    sessionStorePath: folder.join('work', '.moltnet', 'sessions.json'),
    workspaceShared: false,
    homePath: kind === 'command' ? undefined : folder.join('home'),
    ...more,
  }
}

/** The adapter of a runtime with real processes. */
export function adapterOf(folder: TempFolder, runtime: LaunchedRuntime): Adapter {
  mkdirSync(folder.join('home'), { recursive: true })
  const launcher = createLauncher({
    runtime,
    clientConfigPath: runtime.clientConfigPath,
    env: { PATH: '/usr/bin:/bin' },
    secretNames: [],
    turns: new TurnRecords(folder.join('turns')),
    killGraceMs: 100,
  })
  return createProgramAdapter(runtime, 'alpha', launcher)
}

/** A session in memory. */
export function sessionOf(key = 'agent:alpha:local:room:general', runtimeId?: string): Session {
  let id = runtimeId
  return {
    key,
    get runtimeId() {
      return id
    },
    remember: (next) => {
      id = next
    },
    forget: () => {
      id = undefined
    },
  }
}
