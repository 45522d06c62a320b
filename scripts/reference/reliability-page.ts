import type { FaultLine } from '../../test/faults/fault.ts'
import { REPORT_PATH, type Report } from '../../test/faults/report.ts'
import { readText, REPOSITORY } from '../lib/files.ts'
import type { Output } from './output.ts'
import { code, grouped, NOTHING, table } from './table.ts'

/** `docs/reliability.md`: the figures of the last runs, from the report that they left. */
export async function reliabilityOutput(): Promise<Output> {
  const text = await readText(REPOSITORY, REPORT_PATH)
  if (text === undefined) throw new Error(`${REPORT_PATH} is missing: npm run test:faults makes it`)
  const { machine, lines } = JSON.parse(text) as Report
  return {
    path: 'docs/reliability.md',
    parts: {
      machine: `Measured on ${machine}.`,
      accounting: accountingTable(lines),
      figures: figuresTable(lines),
    },
  }
}

function accountingTable(lines: readonly FaultLine[]): string {
  const rows = lines.flatMap(({ about, rounds, counts }) => {
    if (counts === undefined) return []
    const { attempted, acknowledged, recovered, duplicated } = counts
    const bars = [
      counts.lost,
      counts.unexpected,
      counts.failedButStored,
      counts.historyDuplicates,
      counts.silentHoles,
      counts.orderViolations,
    ]
    return [
      [
        about,
        grouped(rounds),
        grouped(attempted),
        grouped(acknowledged),
        grouped(recovered),
        grouped(duplicated),
        bars.map(grouped).join(' / '),
      ],
    ]
  })
  return table(
    [
      'fault',
      'rounds',
      'attempted',
      'acknowledged',
      'recovered',
      'delivered again',
      'lost / unexpected / failed but stored / history duplicates / silent holes / order violations',
    ],
    rows,
  )
}

function figuresTable(lines: readonly FaultLine[]): string {
  const rows = lines.map(({ about, file, rounds, seconds, day, figures = {} }) => [
    about,
    code(file),
    day,
    grouped(rounds),
    grouped(seconds),
    Object.entries(figures)
      .map(([name, value]) => `${name}: ${typeof value === 'number' ? grouped(value) : value}`)
      .join('; ') || NOTHING,
  ])
  return table(['fault', 'test', 'day', 'rounds', 'seconds', 'figures'], rows)
}
