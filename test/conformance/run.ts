import { applies, type Check, type Group } from './check.ts'
import { CHECKS } from './checks/index.ts'
import type { Target } from './target.ts'
import { World } from './world.ts'

/** What became of one check. */
export type Outcome =
  | { check: Check; result: 'passed' }
  | { check: Check; result: 'failed'; reason: string }
  | { check: Check; result: 'left out' }

/** Runs every check of the groups that applies to the target, one after another, and tells of each as it ends. */
export async function* runConformance(
  target: Target,
  groups: readonly Group[] = ['v1', 'beyond'],
): AsyncIterable<Outcome> {
  for (const check of CHECKS.filter((candidate) => groups.includes(candidate.group))) {
    if (!applies(check, target)) {
      yield { check, result: 'left out' }
      continue
    }
    const world = new World(target)
    try {
      await check.run(world)
      yield { check, result: 'passed' }
    } catch (error) {
      yield { check, result: 'failed', reason: error instanceof Error ? error.message : String(error) }
    } finally {
      await world[Symbol.asyncDispose]()
    }
  }
}

/** The first check that failed, with its reason; undefined when all that apply passed. */
export async function firstFailure(target: Target, groups?: readonly Group[]): Promise<string | undefined> {
  for await (const outcome of runConformance(target, groups)) {
    if (outcome.result === 'failed') return `${outcome.check.name}: ${outcome.reason}`
  }
  return undefined
}
