import { readdirSync, statSync } from 'node:fs'
import { residentMb } from '../support/process-memory.ts'

/** What was measured of the server at one moment. */
export interface Sample {
  /** Since the begin of the run, in seconds. */
  readonly at: number
  /** Age of the server process, in seconds. */
  readonly age: number
  readonly rssMb: number
  readonly files: number
  readonly walMb: number
}

/**
 * Samples of a younger process are left out, in seconds: at 50 messages a second the newest events that a server
 * keeps are complete after 82.
 */
export const WARM_S = 120

/** Samples whose ages differ by less are compared with each other, in seconds. */
const SAME_AGE_S = 10

/** Reads the figures of a process from `/proc`, which only Linux has. */
export function sampleOf(o: { pid: number; wal: string; at: number; age: number }): Sample {
  return {
    at: o.at,
    age: o.age,
    rssMb: residentMb(o.pid),
    files: readdirSync(`/proc/${o.pid}/fd`).length,
    walMb: (statSync(o.wal, { throwIfNoEntry: false })?.size ?? 0) / 1e6,
  }
}

/**
 * How a value grows, per ten minutes. With restarts, processes of the same age are compared: each fills its
 * caches anew, and what is left of one must not show in the next. Without, the second half of the run counts.
 */
export function growth(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const warm = samples.filter(({ age }) => age >= WARM_S)
  const byAge = Map.groupBy(warm, ({ age }) => Math.floor(age / SAME_AGE_S))
  const shared = [...byAge.values()].filter((some) => processes(some) > 1)
  if (shared.length > 0) return median(shared.map((some) => slopePer10Minutes(some, value)))
  return slopePer10Minutes(warm.slice(Math.floor(warm.length / 2)), value)
}

/** How many processes some samples are of. */
function processes(samples: readonly Sample[]): number {
  return new Set(samples.map(({ at, age }) => Math.round(at - age))).size
}

/** Least squares through the samples, in units of `value` per ten minutes. */
export function slopePer10Minutes(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const middle = mean(({ at }) => at)
  const level = mean(value)
  const spread = samples.reduce((sum, { at }) => sum + (at - middle) ** 2, 0)
  const rise = samples.reduce((sum, sample) => sum + (sample.at - middle) * (value(sample) - level), 0)
  return spread === 0 ? 0 : (rise / spread) * 600
}

/** The middle one of some values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
