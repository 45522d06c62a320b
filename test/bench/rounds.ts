import { median } from './load/figures.ts'
import type { Figure, Measurement, Part } from './scenario.ts'
import type { Subject } from './server.ts'

/** A figure over all rounds that count. */
export interface Summary {
  readonly name: string
  readonly unit: string
  readonly better: Figure['better']
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: number
  /** The calibration of the same rounds, and the figure as a share of it: the median of the rounds' ratios. */
  readonly of: { readonly name: string; readonly median: number; readonly ratio: number } | undefined
}

/** What all rounds of a part say about one server. */
export interface PartResult {
  readonly subject: string
  readonly figures: readonly Summary[]
  /** Rounds that do not count, with the reasons. */
  readonly voided: readonly string[]
}

/**
 * Measures every subject once per round, with one calibration for all of them. Which comes first changes with
 * each round (A B, B A, A B …), so that a machine that grows slower or faster favours nobody.
 */
export async function runRounds(
  part: Part,
  subjects: readonly Subject[],
  rounds: number,
): Promise<PartResult[]> {
  const measured = new Map<Subject, Measurement[]>(subjects.map((subject) => [subject, []]))
  for (let round = 0; round < rounds; round++) {
    const measure = await part.calibrate()
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      measured.get(subject)?.push(await measure(subject))
    }
  }
  return subjects.map((subject) => summarize(subject.name, measured.get(subject) ?? []))
}

/** Medians of what counts; a measurement with a fault counts for nothing. */
export function summarize(subject: string, measurements: readonly Measurement[]): PartResult {
  const valid = measurements.filter(({ faults }) => faults.length === 0)
  const byName = Map.groupBy(
    valid.flatMap(({ figures }) => figures),
    ({ name }) => name,
  )
  return {
    subject,
    figures: [...byName.values()].map(summaryOf),
    voided: measurements.flatMap(({ faults }, round) =>
      faults.length === 0 ? [] : [`round ${round + 1}: ${faults.join(', ')}`],
    ),
  }
}

function summaryOf(figures: readonly Figure[]): Summary {
  const { name, unit, better, of } = figures[0] as Figure
  const values = figures.map(({ value }) => value)
  const calibrations = figures.flatMap((figure) => (figure.of === undefined ? [] : [figure.of.value]))
  const ratios = figures.flatMap((figure) =>
    figure.of === undefined ? [] : [figure.value / figure.of.value],
  )
  return {
    name,
    unit,
    better,
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    rounds: values.length,
    of: of && { name: of.name, median: median(calibrations), ratio: median(ratios) },
  }
}
