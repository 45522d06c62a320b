import { availableParallelism } from 'node:os'
import type { FaultLine } from './fault.ts'

/** Where the figures of the last runs are kept, below the repository. */
export const REPORT_PATH = 'test/faults/report.json'

/** The figures behind `docs/reliability.md`. */
export interface Report {
  /** Where the last run was made. */
  readonly machine: string
  readonly lines: readonly FaultLine[]
}

/** Processors, system and Bun of this machine, in one line. */
export function thisMachine(): string {
  const cores = availableParallelism()
  return `${cores} ${cores === 1 ? 'core' : 'cores'}, ${process.platform} ${process.arch}, Bun ${Bun.version}`
}

/** The lines after a run: a new one replaces the old one of its fault; sorted by file and fault. */
export function mergeLines(known: readonly FaultLine[], fresh: readonly FaultLine[]): FaultLine[] {
  const byId = new Map([...known, ...fresh].map((line) => [line.id, line]))
  return [...byId.values()].sort((a, b) => key(a).localeCompare(key(b)))
}

function key({ file, id }: FaultLine): string {
  return `${file} ${id}`
}
