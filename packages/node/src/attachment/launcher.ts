import type { AvailableRuntime } from '../adapters/registry.ts'
import type { ProgramRun, RunProgram } from '../adapters/program.ts'
import { TURN_VARIABLE } from '../state/turn-records.ts'
import type { TurnRecords } from '../state/turn-records.ts'
import { childEnvironment } from '../process/environment.ts'
import { runChild } from '../process/run-child.ts'

/** What the programs of one attachment are started with. */
export interface LauncherOptions {
  runtime: AvailableRuntime
  /** The client config that `moltnet` in the child acts on. */
  clientConfigPath: string
  /** The node's own environment. */
  env: Readonly<Record<string, string | undefined>>
  /** Variables that hold Moltnet tokens. */
  secretNames: readonly string[]
  /** Put first into PATH. */
  programFolder?: string
  turns: TurnRecords
  killGraceMs?: number
}

/** Makes the function that starts the program of one attachment: workspace, environment, turn record. */
export function createLauncher(options: LauncherOptions): RunProgram {
  const { runtime, turns, killGraceMs } = options
  return async (run: ProgramRun) => {
    const turn = crypto.randomUUID()
    const env = turnEnvironment(options, run, turn)
    const program = Bun.which(runtime.command, { PATH: env.PATH, cwd: runtime.workspacePath })
    if (program === null) return { type: 'missing', command: runtime.command }
    let forget = () => {}
    try {
      return await runChild({
        command: [program, ...run.args],
        cwd: runtime.workspacePath,
        env,
        stdin: run.stdin,
        signal: run.signal,
        onLine: run.onLine,
        killGraceMs,
        onSpawn: (pid) => {
          forget = turns.open(pid, turn)
          run.onStarted?.()
        },
      })
    } finally {
      forget()
    }
  }
}

function turnEnvironment(options: LauncherOptions, run: ProgramRun, turn: string): Record<string, string> {
  const { runtime, env, secretNames, clientConfigPath, programFolder } = options
  const home = 'homePath' in runtime ? runtime.homePath : undefined
  return childEnvironment({
    parent: env,
    inherit: runtime.inheritEnv,
    secretNames,
    configured: runtime.env,
    own: {
      ...(home === undefined ? {} : { HOME: home, CODEX_HOME: home }),
      MOLTNET_CLIENT_CONFIG: clientConfigPath,
      [TURN_VARIABLE]: turn,
      ...run.env,
    },
    pathFolder: programFolder,
  })
}
