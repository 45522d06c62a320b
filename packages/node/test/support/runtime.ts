import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import type { CliRuntime } from '@moltnet/config'
import { createLauncher } from '../../src/attachment/launcher.ts'
import type { Launcher } from '../../src/attachment/launcher.ts'
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

/** Puts the fake programs into a folder for PATH; returns the PATH. */
export function installFakes(folder: TempFolder): string {
  installScript(folder.join('fakes', 'claude'), 'fake-claude.ts')
  installScript(folder.join('fakes', 'codex'), 'fake-codex.ts')
  installScript(folder.join('fakes', 'pi'), 'fake-pi.ts')
  installScript(folder.join('fakes', 'acp-agent'), 'fake-acp-agent.ts')
  installScript(folder.join('fakes', 'picoclaw'), 'fake-picoclaw.ts')
  return [folder.join('fakes'), '/usr/bin', '/bin'].join(delimiter)
}

const COMMANDS = {
  'claude-code': 'claude',
  codex: 'codex',
  pi: 'pi',
  acp: 'acp-agent',
  picoclaw: 'picoclaw',
  command: 'command',
} satisfies Record<LaunchedRuntime['kind'], string>

/** A runtime of a kind, working in the temporary folder. */
export function runtimeOf(
  folder: TempFolder,
  kind: LaunchedRuntime['kind'],
  more: Partial<Omit<CliRuntime, 'kind'>> = {},
): LaunchedRuntime {
  const workspacePath = folder.join('work')
  mkdirSync(workspacePath, { recursive: true })
  const home = folder.join('home')
  const common = {
    command: COMMANDS[kind],
    args: [],
    env: { FAKE_LOG: folder.join('log'), PATH: installFakes(folder), HOME: home },
    inheritEnv: false,
    workspacePath,
    clientConfigPath: folder.join('work', '.moltnet', 'config.json'),
    sessionStorePath: folder.join('work', '.moltnet', 'sessions.json'),
    workspaceShared: false,
    ...more,
  }
  switch (kind) {
    case 'claude-code':
    case 'codex':
      return { kind, homePath: home, ...common }
    case 'pi':
      return { kind, via: 'command', ...common }
    case 'picoclaw':
      return {
        kind,
        via: 'command',
        configPath: folder.join('work', 'config.json'),
        homePath: home,
        ...common,
      }
    case 'acp':
      return { kind, permissions: 'moltnet', ...common }
    case 'command':
      return { kind, ...common }
  }
}

/** What starts the program of a runtime. */
export function launcherOf(folder: TempFolder, runtime: LaunchedRuntime): Launcher {
  mkdirSync(folder.join('home'), { recursive: true })
  return createLauncher({
    runtime,
    clientConfigPath: runtime.clientConfigPath,
    env: { PATH: '/usr/bin:/bin' },
    secretNames: () => [],
    turns: new TurnRecords(folder.join('turns')),
    killGraceMs: 100,
  })
}

/** The adapter of a runtime with real processes. */
export function adapterOf(folder: TempFolder, runtime: LaunchedRuntime): Adapter {
  return createProgramAdapter(runtime, 'alpha', launcherOf(folder, runtime))
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
