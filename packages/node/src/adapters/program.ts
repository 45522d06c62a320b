import type { LaunchOptions } from '@moltnet/config'
import { NODE_LIMITS } from '../limits.ts'
import type { OpenChild } from '../process/open-child.ts'
import type { ChildResult } from '../process/run-child.ts'
import type { DeliveryOutcome } from './adapter.ts'
import { unavailable } from './health.ts'
import type { RuntimeFault } from './health.ts'

/** One run of the attachment's program. */
export interface ProgramRun {
  args: readonly string[]
  stdin: string
  /** Variables of this run, besides those of the attachment. */
  env?: Readonly<Record<string, string>>
  signal: AbortSignal
  /** Called when the program runs. */
  onStarted?: () => void
  onLine?: (line: string) => void
}

/** How a run ended; `missing` when the program is not installed. */
export type ProgramResult = ChildResult | { type: 'missing'; command: string }

/** Starts the program of one attachment in its workspace, environment and process group. */
export type RunProgram = (run: ProgramRun) => Promise<ProgramResult>

/** What an adapter that starts a program for each turn needs. */
export interface ProgramAdapterOptions {
  launch: LaunchOptions
  run: RunProgram
  /** Where the program is; undefined when it is not installed. */
  find(): string | undefined
}

/** A program of the attachment that stays between turns. */
export interface ProgramOpening {
  args: readonly string[]
  onLine: (line: string) => void
}

/** Starts the program of one attachment to stay, in the same workspace, environment and process group. */
export type OpenProgram = (
  opening: ProgramOpening,
) => OpenChild | { type: 'missing'; command: string } | { type: 'not_started'; error: string }

/** A run that came to its own end. */
export type ExitedProgram = Extract<ChildResult, { type: 'exited' }>

/** What is said about a program that is not installed; `install` says how to get it. */
export function missingProgram(command: string, install: string): RuntimeFault {
  return { problem: `${command} was not found`, fix: install }
}

/**
 * The outcome of a run that has no exit code to judge. `install` says how to get the program.
 */
export function outcomeWithoutExit(
  result: Exclude<ProgramResult, ExitedProgram>,
  install: string,
): DeliveryOutcome {
  switch (result.type) {
    case 'missing':
      return unavailable(missingProgram(result.command, install), NODE_LIMITS.missingRetryMs)
    case 'not_started':
      return { type: 'retry', reason: 'unavailable', error: `could not be started: ${result.error}` }
    case 'aborted':
      return { type: 'retry', reason: 'unavailable', error: 'the turn was ended by the node' }
  }
}

/** Says how a program failed: what it wrote last to stderr, else how it exited. */
export function describeExit({
  code,
  signal,
  stderr,
}: Pick<ExitedProgram, 'code' | 'signal' | 'stderr'>): string {
  const how = signal === null ? `exit code ${code}` : `killed by ${signal}`
  const said = excerpt(stderr)
  return said === '' ? how : `${how}: ${said}`
}

/** The end of a text as one line of bounded length. */
export function excerpt(text: string, max: number = NODE_LIMITS.errorCharacters): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= max ? line : `…${line.slice(line.length - max)}`
}

/** Parses a line of JSON output; undefined when it is no JSON object or array. */
export function parseJsonLine(line: string): unknown {
  const start = line.trimStart()[0]
  if (start !== '{' && start !== '[') return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
