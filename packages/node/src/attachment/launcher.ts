import type { LaunchedRuntime } from '../adapters/registry.ts'
import type { OpenProgram, RunProgram } from '../adapters/program.ts'
import { TURN_VARIABLE } from '../state/turn-records.ts'
import type { TurnRecords } from '../state/turn-records.ts'
import { childEnvironment } from '../process/environment.ts'
import { openChild } from '../process/open-child.ts'
import { runChild } from '../process/run-child.ts'

/** What the programs of one attachment are started with. */
export interface LauncherOptions {
  runtime: LaunchedRuntime
  /** The client config that `moltnet` in the child acts on. */
  clientConfigPath: string
  /** The node's own environment. */
  env: Readonly<Record<string, string | undefined>>
  /** Variables that hold Moltnet tokens, as of now. */
  secretNames(): readonly string[]
  /** Put first into PATH. */
  programFolder?: string
  turns: Pick<TurnRecords, 'open'>
  killGraceMs?: number
}

/** Starts the program of one attachment in its workspace and environment, recorded as running. */
export interface Launcher {
  /** For one turn. */
  run: RunProgram
  /** To stay between turns. */
  open: OpenProgram
  /** Where the program is; undefined when it is not installed. */
  find(): string | undefined
}

/** Makes the launcher of one attachment. */
export function createLauncher(options: LauncherOptions): Launcher {
  const { runtime, turns, killGraceMs } = options
  const cwd = runtime.workspacePath
  const find = (env: Record<string, string>) => Bun.which(runtime.command, { PATH: env.PATH, cwd })
  return {
    find: () => find(turnEnvironment(options, '')) ?? undefined,
    run: async (run) => {
      const turn = crypto.randomUUID()
      const env = turnEnvironment(options, turn, run.env)
      const program = find(env)
      if (program === null) return { type: 'missing', command: runtime.command }
      let forget = () => {}
      try {
        return await runChild({
          command: [program, ...run.args],
          cwd,
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
    },
    open: ({ args, onLine }) => {
      const turn = crypto.randomUUID()
      const env = turnEnvironment(options, turn)
      const program = find(env)
      if (program === null) return { type: 'missing', command: runtime.command }
      let forget = () => {}
      const child = openChild({
        command: [program, ...args],
        cwd,
        env,
        onLine,
        killGraceMs,
        onSpawn: (pid) => {
          forget = turns.open(pid, turn)
        },
      })
      if (child.type === 'open') void child.exited.then(() => forget())
      return child
    },
  }
}

function turnEnvironment(
  options: LauncherOptions,
  turn: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { runtime, env, secretNames, clientConfigPath, programFolder } = options
  const home = 'homePath' in runtime ? runtime.homePath : undefined
  return childEnvironment({
    parent: env,
    inherit: runtime.inheritEnv,
    secretNames: secretNames(),
    configured: runtime.env,
    own: {
      ...(home === undefined ? {} : { HOME: home, CODEX_HOME: home }),
      MOLTNET_CLIENT_CONFIG: clientConfigPath,
      [TURN_VARIABLE]: turn,
      ...more,
    },
    pathFolder: programFolder,
  })
}
