import type { DeliveryOutcome } from './adapter.ts'

/** What is wrong with a runtime, and the command or the edit that mends it, both as words of a sentence. */
export interface RuntimeFault {
  problem: string
  fix: string
}

/**
 * What one look at a runtime found. `missing`: its program is not installed; `broken`: the program is there
 * and does not work; `unreachable`: nobody answers; `refused`: it answers and does not let the node in.
 */
export type RuntimeHealth =
  /** `note`: what the look could not find out. */
  { state: 'ready'; version?: string; note?: string } | RuntimeTrouble
export type RuntimeTrouble = { state: 'missing' | 'broken' | 'unreachable' | 'refused' } & RuntimeFault

/** How closely a runtime is looked at. */
export interface Look {
  /** Ends the look. */
  signal: AbortSignal
  /** A program that stays between turns is started to see whether it answers; without it only looked for. */
  thorough: boolean
}

/** `claude was not found: install Claude Code with …`: the same words in a NACK, a log and a report. */
export function faultText({ problem, fix }: RuntimeFault): string {
  return `${problem}: ${fix}`
}

/** The outcome of a wake for a runtime in trouble: it costs no attempt, and may be tried again after a wait. */
export function unavailable(
  fault: RuntimeFault,
  retryAfterMs?: number,
): Extract<DeliveryOutcome, { type: 'retry' }> {
  return {
    type: 'retry',
    reason: 'unavailable',
    error: faultText(fault),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}
