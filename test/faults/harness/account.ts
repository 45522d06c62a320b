import { check, type Verdict } from './checker.ts'
import { BARS, type Counts } from './counts.ts'
import { type Entry, keepEntries } from './history.ts'

/** How often it is looked whether something is still missing, in milliseconds. */
const LOOK_MS = 100

/** Waits until no reader misses anything any more, at most `limitMs`, and judges what was noted. */
export async function untilComplete(entries: () => readonly Entry[], limitMs: number): Promise<Verdict> {
  const end = performance.now() + limitMs
  for (;;) {
    const verdict = check(entries())
    const { lost, silentHoles } = verdict.counts
    if ((lost === 0 && silentHoles === 0) || performance.now() > end) return verdict
    await Bun.sleep(LOOK_MS)
  }
}

/**
 * The counts of a run that is over. Throws when a bar is broken, with what is wrong, the seed, and the path of
 * the file in which the history is kept.
 */
export function accountOf(entries: readonly Entry[], { seed, log }: { seed: number; log: string }): Counts {
  const { counts, problems } = check(entries)
  if (BARS.every((bar) => counts[bar] === 0)) return counts
  const path = keepEntries(entries, `seed-${seed}-${process.pid}`)
  throw new Error(`seed ${seed}, history ${path}\n${problems.join('\n')}\nthe server:\n${log.slice(-2_000)}`)
}
