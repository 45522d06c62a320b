/**
 * What became of the messages of a run, in the manner of Jepsen's total-queue checker. An operation is one
 * message id of one writer, however often it was sent.
 */
export interface Counts {
  /** Operations that were begun. */
  readonly attempted: number
  /** Operations whose writer knows that the message is stored. */
  readonly acknowledged: number
  /** Stored although no answer ever said so. */
  readonly recovered: number
  /** Acknowledged, and some reader that had to see it did not. */
  readonly lost: number
  /** Seen by a reader, and no operation made it. */
  readonly unexpected: number
  /** Refused for good, and stored nevertheless. */
  readonly failedButStored: number
  /** Seen twice in one walk through a history. */
  readonly historyDuplicates: number
  /** Left out by a live reader although it was never told of a gap. */
  readonly silentHoles: number
  /** Pairs of one conversation that a reader saw in another order than the history has. */
  readonly orderViolations: number
  /** Deliveries beyond the first of a message to one agent or stream; at-least-once allows them. */
  readonly duplicated: number
}

/** The counts that have to be 0 in every run. */
export const BARS = [
  'lost',
  'unexpected',
  'failedButStored',
  'historyDuplicates',
  'silentHoles',
  'orderViolations',
] as const satisfies readonly (keyof Counts)[]

/** Nothing happened yet. */
export const NO_COUNTS: Counts = {
  attempted: 0,
  acknowledged: 0,
  recovered: 0,
  lost: 0,
  unexpected: 0,
  failedButStored: 0,
  historyDuplicates: 0,
  silentHoles: 0,
  orderViolations: 0,
  duplicated: 0,
}

/** Sum of the counts of several rounds. */
export function addCounts(a: Counts, b: Counts): Counts {
  const sum: { -readonly [K in keyof Counts]: Counts[K] } = { ...NO_COUNTS }
  for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] = a[key] + b[key]
  return sum
}
