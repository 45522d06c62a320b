import type { Path } from '../core/path.ts'
import { formatPath } from '../core/path.ts'
import type { Report } from '../core/validate.ts'

/** Reports every list entry whose `key` an earlier entry has already. */
export function reportDuplicates<K extends string>(
  list: readonly ({ [P in K]?: string } | undefined)[] | undefined,
  key: K,
  path: Path,
  report: Report,
): void {
  const seen = new Map<string, number>()
  for (const [index, entry] of (list ?? []).entries()) {
    const value = entry?.[key]
    if (value === undefined) continue
    const first = seen.get(value)
    if (first === undefined) seen.set(value, index)
    else report.fault([...path, index, key], `${value} stands in ${formatPath([...path, first])} already`)
  }
}
