import { applies, type Check, type Group } from './check.ts'
import { CHECKS } from './checks/index.ts'
import type { Target } from './target.ts'
import { World } from './world.ts'

/** What became of one check. */
export type Outcome =
  | { check: Check; result: 'passed' }
  | { check: Check; result: 'failed'; reason: string }
  | { check: Check; result: 'left out' }

/** Which checks run, and how patient they are. */
export interface RunOptions {
  /** All groups when left out. */
  groups?: readonly Group[]
  /** How long anything that must come may take, in milliseconds; 5,000 when left out. */
  waitMs?: number
}

/** Runs every check of the groups that applies to the target, one after another, and tells of each as it ends. */
export async function* runConformance(target: Target, o: RunOptions = {}): AsyncIterable<Outcome> {
  for (const check of CHECKS) {
    if (o.groups?.includes(check.group) !== false) yield await runCheck(check, target, o)
  }
}

/** Runs one check, unless the target lacks what it needs. */
export async function runCheck(check: Check, target: Target, o: RunOptions = {}): Promise<Outcome> {
  if (!applies(check, target)) return { check, result: 'left out' }
  const world = new World(target, o)
  try {
    await check.run(world)
    return { check, result: 'passed' }
  } catch (error) {
    return { check, result: 'failed', reason: error instanceof Error ? error.message : String(error) }
  } finally {
    await world[Symbol.asyncDispose]()
  }
}
