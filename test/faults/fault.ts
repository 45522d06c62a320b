import { test } from 'bun:test'
import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Counts } from './harness/counts.ts'

/** A fault that is done to Moltnet, as the report names it. */
export interface Fault {
  /** Key of its line in the report: lower case with hyphens, never used twice. */
  readonly id: string
  /** What is done, in a few words; also the name of the test. */
  readonly about: string
  /** How often, in CI and on demand. */
  readonly rounds: { readonly ci: number; readonly full: number }
  /** Longest time of one round on a loaded machine, in milliseconds. */
  readonly roundMs: number
}

/** What a run is given. */
export interface FaultRun {
  readonly rounds: number
  /** Everything left to chance follows from it. */
  readonly seed: number
}

/** What a run measured: only what was counted or timed in this very run. */
export interface FaultResult {
  /** Of the accounting harness, summed over the rounds. */
  readonly counts?: Counts
  /** Further figures by name; a unit belongs to the name: `{ 'longest outage, ms': 310 }`. */
  readonly figures?: Readonly<Record<string, number | string>>
}

/** One line of the report, as a run appends it. */
export interface FaultLine extends Pick<Fault, 'id' | 'about'>, FaultRun, FaultResult {
  /** File of the test, below the repository. */
  readonly file: string
  readonly seconds: number
  /** Day of the run, UTC. */
  readonly day: string
}

/** Set-up and clean-up around the rounds, in milliseconds: longer than their own deadlines, which say what was missing. */
const AROUND_MS = 300_000

const REPOSITORY = new URL('../../', import.meta.url).pathname

/**
 * Declares a fault as a test. The number of rounds is that of `MOLTNET_TEST_FAULTS`: `ci`, which is the
 * default, or `full`. The seed is `MOLTNET_TEST_SEED` or a new one; a failure names it. A run that passes
 * appends its line to the file `MOLTNET_TEST_FAULTS_REPORT`, when that is set.
 */
export function fault(spec: Fault, run: (o: FaultRun) => Promise<FaultResult>): void {
  const rounds = spec.rounds[process.env['MOLTNET_TEST_FAULTS'] === 'full' ? 'full' : 'ci']
  const seed = Number(process.env['MOLTNET_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
  const file = relative(REPOSITORY, Bun.main)
  test(
    spec.about,
    async () => {
      const started = performance.now()
      const result = await run({ rounds, seed }).catch((error: unknown) => {
        const again = `MOLTNET_TEST_SEED=${seed} npm test -- --group faults ${file}`
        throw new Error(`${spec.id}, seed ${seed}; to run it again: ${again}`, { cause: error })
      })
      const seconds = Math.round((performance.now() - started) / 100) / 10
      report({ id: spec.id, about: spec.about, file, rounds, seed, seconds, day: today(), ...result })
    },
    AROUND_MS + rounds * spec.roundMs,
  )
}

function report(line: FaultLine): void {
  const path = process.env['MOLTNET_TEST_FAULTS_REPORT']
  if (path === undefined) return
  appendFileSync(path, `${JSON.stringify(line)}\n`)
  console.log(`${line.id}: ${line.rounds} ${line.rounds === 1 ? 'round' : 'rounds'} in ${line.seconds} s`)
}

function today(): string {
  return new Date().toISOString().slice(0, 10)
}
