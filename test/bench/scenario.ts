import type { Spent, Subject } from './server.ts'

/** How much work a run does. */
export interface Scale {
  /** Rounds of every measurement. */
  readonly rounds: number
  /** Seconds of each measurement, and those before it that do not count. */
  readonly seconds: number
  readonly warmupSeconds: number
  /** A pass that shows that everything works; its figures say little. */
  readonly quick: boolean
}

/** Something measured, next to what the machine could do in the same round. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly better: 'more' | 'less'
  /** The calibration that it is a ratio of. */
  readonly of?: { readonly name: string; readonly value: number } | undefined
}

/** One measurement of one server. Anything in `faults` makes it void: a server that loses frames is not fast. */
export interface Measurement {
  readonly figures: readonly Figure[]
  readonly faults: readonly string[]
}

/** One kind of work. */
export interface Scenario {
  readonly about: string
  /** Why it cannot run against another server; undefined when it can. */
  readonly ownOnly?: string
  /** Parts that are measured one after another, each against every server before the next. */
  parts(scale: Scale): readonly Part[]
}

/** A part of a scenario. */
export interface Part {
  readonly name: string
  /** Measures once what the machine can do, and gives what measures the servers beside that. */
  calibrate(): Promise<(subject: Subject) => Promise<Measurement>>
}

/** The figures of what a server spent, for so many messages. */
export function spentFigures(
  spent: Spent,
  o: { messages: number; prefix: string; echoCpu?: number },
): Figure[] {
  const { cpuSeconds, loopDelayP99Ms } = spent
  const of = o.echoCpu === undefined ? undefined : { name: 'bare echo', value: o.echoCpu }
  return [
    ...(cpuSeconds === undefined
      ? []
      : [
          {
            name: `${o.prefix}: processor time per 1,000 messages`,
            unit: 's',
            value: (cpuSeconds * 1000) / o.messages,
            better: 'less' as const,
            of,
          },
        ]),
    ...(loopDelayP99Ms === undefined
      ? []
      : [
          {
            name: `${o.prefix}: loop delay p99`,
            unit: 'ms',
            value: loopDelayP99Ms,
            better: 'less' as const,
          },
        ]),
  ]
}

/** What makes a measurement void. */
export function faultsOf(o: {
  spent: Spent
  missing?: number
  repeated?: number
  failed?: number
  failures?: readonly string[]
}): string[] {
  const counted = [
    [o.missing ?? 0, 'frames are missing'],
    [o.repeated ?? 0, 'frames came twice or out of order'],
    [o.failed ?? 0, 'requests failed'],
    [o.spent.lost, 'events were dropped or subscribers cut, says the server'],
  ] as const
  return [
    ...counted.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])),
    ...(o.failures ?? []),
  ]
}
