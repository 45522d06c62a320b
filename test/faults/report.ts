import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { BUN, runCommand } from '../../scripts/lib/command.ts'
import { readText, REPOSITORY } from '../../scripts/lib/files.ts'
import type { FaultLine } from './fault.ts'

/** Where the figures of the last runs are kept, below the repository. */
export const REPORT_PATH = 'test/faults/report.json'

/** The figures behind `docs/reliability.md`. */
export interface Report {
  /** Where the last run was made. */
  readonly machine: string
  readonly lines: readonly FaultLine[]
}

/** Puts the lines of a run into the report and writes `docs/reliability.md` anew. */
export async function writeReport(lines: readonly FaultLine[]): Promise<void> {
  const before = await readText(REPOSITORY, REPORT_PATH)
  const known = before === undefined ? [] : (JSON.parse(before) as Report).lines
  const report: Report = { machine: thisMachine(), lines: mergeLines(known, lines) }
  await writeFile(join(REPOSITORY, REPORT_PATH), `${JSON.stringify(report, null, 2)}\n`)
  const { code, output } = await runCommand([BUN, 'scripts/reference.ts'], REPOSITORY)
  if (code !== 0) throw new Error(`docs/reliability.md could not be written:\n${output}`)
  console.log(`${REPORT_PATH}: ${lines.length} of ${report.lines.length} lines are of this run`)
}

/** Processors, system and Bun of this machine, in one line. */
function thisMachine(): string {
  const cores = availableParallelism()
  return `${cores} ${cores === 1 ? 'core' : 'cores'}, ${process.platform} ${process.arch}, Bun ${Bun.version}`
}

/** The lines after a run: a new one replaces the old one of its fault; sorted by file and fault. */
function mergeLines(known: readonly FaultLine[], fresh: readonly FaultLine[]): FaultLine[] {
  const byId = new Map([...known, ...fresh].map((line) => [line.id, line]))
  return [...byId.values()].sort((a, b) => key(a).localeCompare(key(b)))
}

function key({ file, id }: FaultLine): string {
  return `${file} ${id}`
}
