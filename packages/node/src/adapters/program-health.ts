import { NODE_LIMITS } from '../limits.ts'
import type { Look, RuntimeHealth } from './health.ts'
import { describeExit, missingProgram } from './program.ts'
import type { ProgramAdapterOptions } from './program.ts'

/** What is known about the program of a runtime. */
export interface ProgramFacts {
  /** How to get it. */
  install: string
  /** Arguments by which it tells its version; absent for a program that must not be run without a wake. */
  versionArgs?: readonly string[]
}

/** Looks for the program of a runtime and asks it for its version. */
export async function lookAtProgram(
  { launch, run, find }: ProgramAdapterOptions,
  { install, versionArgs }: ProgramFacts,
  { signal }: Look,
): Promise<RuntimeHealth> {
  const { command } = launch
  if (find() === undefined) return { state: 'missing', ...missingProgram(command, install) }
  if (versionArgs === undefined) return { state: 'ready' }
  const late = AbortSignal.timeout(NODE_LIMITS.versionMs)
  const result = await run({ args: versionArgs, stdin: '', signal: AbortSignal.any([signal, late]) })
  switch (result.type) {
    case 'missing':
      return { state: 'missing', ...missingProgram(command, install) }
    case 'not_started':
      return { state: 'broken', problem: `${command} could not be started: ${result.error}`, fix: install }
    case 'aborted':
      return { state: 'ready', note: `it did not tell its version within ${NODE_LIMITS.versionMs / 1000} s` }
    case 'exited':
      if (result.code !== 0) {
        const asked = [command, ...versionArgs].join(' ')
        return { state: 'broken', problem: `\`${asked}\` failed (${describeExit(result)})`, fix: install }
      }
      return { state: 'ready', version: versionIn(result.stdout) }
  }
}

/** The first thing in a program's output that looks like a version. */
function versionIn(output: string): string | undefined {
  return /\d+\.\d+[0-9A-Za-z.+-]*/.exec(output)?.[0]
}
