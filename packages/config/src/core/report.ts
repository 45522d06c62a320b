import type { Feature } from '../features.ts'
import type { Path } from './path.ts'
import { formatPath } from './path.ts'

/** What takes in the findings of rules. Paths are whole. */
export interface ReportSink {
  fault(path: Path, message: string, at: 'key' | 'value'): void
  warn(path: Path, message: string): void
  uses(feature: Feature, path: Path): void
  isMisshapen(path: Path): boolean
}

/** How the rules of one part of a file tell what they found. Paths start at that part. */
export class Report {
  private readonly sink: ReportSink
  private readonly base: Path

  constructor(sink: ReportSink, base: Path = []) {
    this.sink = sink
    this.base = base
  }

  /** The report of a part of this part. */
  at(...steps: Path): Report {
    return new Report(this.sink, [...this.base, ...steps])
  }

  /** This part's key path, as messages show it. */
  get place(): string {
    return formatPath(this.base)
  }

  /** Something is wrong with the value at `path` (or with its key). */
  fault(path: Path, message: string, at: 'key' | 'value' = 'value'): void {
    this.sink.fault([...this.base, ...path], message, at)
  }

  /** Something the user should know but that stops nothing. */
  warn(path: Path, message: string): void {
    this.sink.warn([...this.base, ...path], message)
  }

  /** The value at `path` needs this feature. */
  uses(feature: Feature, path: Path): void {
    this.sink.uses(feature, [...this.base, ...path])
  }

  /**
   * Whether the shape at `path` is wrong already. Rules see the file without such values, so one that
   * misses a value asks this before it calls it missing.
   */
  isMisshapen(...path: Path): boolean {
    return this.sink.isMisshapen([...this.base, ...path])
  }

  /** Reports every entry of a list whose `key` an earlier one has already. This report is the list's. */
  duplicates<K extends string>(list: readonly ({ [P in K]?: string } | undefined)[] = [], key: K): void {
    const first = firstPlaces()
    for (const [index, entry] of list.entries()) {
      const value = entry?.[key]
      const other = value && first(value, this.at(index).place)
      if (other) this.fault([index, key], `${value} stands in ${other} already`)
    }
  }
}

/** A memory of where values stood first: gives the earlier place of a value that was seen before. */
export function firstPlaces(): (value: string, place: string) => string | undefined {
  const places = new Map<string, string>()
  return (value, place) => {
    const first = places.get(value)
    if (first === undefined) places.set(value, place)
    return first
  }
}
