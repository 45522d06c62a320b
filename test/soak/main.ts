/**
 * `npm run test:soak`: a server under even load for half an hour, restarted every five minutes, measured all
 * the time. Writes its line of the reliability report; exit code 1 when a bar is broken.
 *
 *     npm run test:soak [-- --minutes 30] [--agents 100] [--per-second 50] [--restart-minutes 5]
 */
import { parseArgs } from 'node:util'
import { readArgs, wholeNumber } from '../../scripts/lib/read-args.ts'
import { writeReport } from '../faults/report.ts'
import { NO_COUNTS } from '../faults/harness/counts.ts'
import { type SoakOptions, type SoakResult, soak } from './run.ts'
import { growth, median, type Sample, WARM_S } from './samples.ts'

const USAGE = `usage: npm run test:soak -- [options]
  --minutes <n>           how long; 30 by default
  --agents <n>            agents that are attached; 100 by default
  --per-second <n>        messages a second; 50 by default
  --restart-minutes <n>   time from one restart of the server to the next; 5 by default`

/** Bars of the run. */
const MOST_SLOPE_MB = 1
const MOST_WAL_MB = 64
/** A few connections of the HTTP clients come and go. */
const MOST_FILES_APART = 4

/** Samples at the begin and the end that are compared, in seconds. */
const EDGE_S = 120

function optionsOf(args: string[]): SoakOptions {
  const flag = (value: string) => ({ type: 'string', default: value }) as const
  const { values } = parseArgs({
    args,
    options: {
      minutes: flag('30'),
      agents: flag('100'),
      'per-second': flag('50'),
      'restart-minutes': flag('5'),
    },
  })
  const numberOf = (name: keyof typeof values) => wholeNumber(values[name], { name: `--${name}` })
  return {
    minutes: numberOf('minutes'),
    agents: numberOf('agents'),
    perSecond: numberOf('per-second'),
    restartMinutes: numberOf('restart-minutes'),
  }
}

/** The figures of a run, and whether each is within its bar. */
function judge({ samples, counts }: SoakResult): { figures: Record<string, number>; broken: string[] } {
  const warm = samples.filter(({ age }) => age >= WARM_S)
  const [first = 0, last = 0] = [warm[0]?.at, warm.at(-1)?.at]
  const files = (some: readonly Sample[]) => median(some.map((sample) => sample.files))
  const filesFirst = files(warm.filter(({ at }) => at < first + EDGE_S))
  const filesLast = files(warm.filter(({ at }) => at > last - EDGE_S))
  const slope = growth(samples, ({ rssMb }) => rssMb)
  const wal = Math.max(...samples.map(({ walMb }) => walMb))
  const { lost, holes, historyDuplicates, orderViolations, unexpected } = counts
  const checks: [string, boolean][] = [
    ['memory grows', slope <= MOST_SLOPE_MB],
    ['the write-ahead log is too large', wal <= MOST_WAL_MB],
    ['file descriptors leak', Math.abs(filesLast - filesFirst) <= MOST_FILES_APART],
    ['messages are not accounted for', lost + holes + historyDuplicates + orderViolations + unexpected === 0],
  ]
  const figures = {
    'messages a second': round(counts.sent / Math.max(1, samples.at(-1)?.at ?? 1)),
    'memory slope, MB per 10 min': round(slope),
    'memory, MB, median': round(median(warm.map(({ rssMb }) => rssMb))),
    'memory, MB, highest': round(Math.max(...samples.map(({ rssMb }) => rssMb))),
    'file descriptors, first two minutes': filesFirst,
    'file descriptors, last two minutes': filesLast,
    'write-ahead log, MB, highest': round(wal),
  }
  return { figures, broken: checks.flatMap(([what, fine]) => (fine ? [] : [what])) }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

const options = readArgs(USAGE, optionsOf)
const started = performance.now()
const result = await soak(options, console.log)
const { figures, broken } = judge(result)
const { sent, lost, holes, historyDuplicates, orderViolations, unexpected, again } = result.counts
console.log({ ...result.counts, restarts: result.restarts, ...figures })
for (const what of broken) console.error(`bar broken: ${what}`)
process.exitCode = broken.length === 0 ? 0 : 1
await writeReport([
  {
    id: 'soak',
    about: `${options.minutes} minutes at ${options.perSecond} messages a second with ${options.agents} agents, a restart every ${options.restartMinutes} minutes`,
    file: 'test/soak/main.ts',
    rounds: result.restarts,
    seed: 0,
    seconds: Math.round((performance.now() - started) / 1_000),
    day: new Date().toISOString().slice(0, 10),
    counts: {
      ...NO_COUNTS,
      attempted: sent,
      acknowledged: sent,
      lost,
      unexpected,
      historyDuplicates,
      silentHoles: holes,
      orderViolations,
      duplicated: again,
    },
    figures,
  },
])
