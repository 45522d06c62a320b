import type { z } from 'zod'
import type { Feature, FeatureMode, FeatureUse } from '../features.ts'
import { FEATURES, isRefused, unavailableMessage } from '../features.ts'
import type { ConfigFault } from './fault.ts'
import { ConfigError } from './fault.ts'
import { pathOf, problemsOf } from './issues.ts'
import type { Path } from './path.ts'
import { formatPath, PathSet, valueAt } from './path.ts'
import type { ReportSink } from './report.ts'
import { Report } from './report.ts'
import type { Source } from './source.ts'

/** A file as far as its shape is right: every key may be missing, list entries may be holes. */
export type Salvaged<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? (Salvaged<Item> | undefined)[]
    : T extends object
      ? { [K in keyof T]?: Salvaged<T[K]> }
      : T

/** A kind of file: its shape, and the rules between its keys. */
export interface FileKind<S extends z.ZodType, Context> {
  schema: S
  /**
   * Checks what a schema cannot say. It is called even when the shape has faults, with everything that
   * is wrong taken out, so that all faults come out at once.
   */
  rules(file: Salvaged<z.input<S>>, report: Report, context: Context): void
}

/** A file that is right. */
export interface Validated<T> {
  data: T
  warnings: string[]
  features: FeatureUse[]
}

/** What else to respect while validating. */
export interface ValidateOptions<Context> {
  context: Context
  /** Faults that were found earlier; they are reported together with new ones. */
  faults: readonly ConfigFault[]
  /** Features that are accepted; `available` (those of this build) when left out. */
  features?: FeatureMode
}

/** Checks a value against its kind. Throws a {@link ConfigError} with every fault, in the order of the file. */
export function validate<S extends z.ZodType, Context>(
  kind: FileKind<S, Context>,
  source: Source,
  options: ValidateOptions<Context>,
): Validated<z.output<S>> {
  const found = parse(kind.schema, source)
  const collector = new Collector(source, options.features ?? 'available', found.problems)
  kind.rules(found.salvaged as Salvaged<z.input<S>>, new Report(collector), options.context)
  const faults = [...options.faults, ...collector.faults]
  if (faults.length > 0 || !found.result.success) throw new ConfigError(inFileOrder(faults))
  return { data: found.result.data, warnings: collector.warnings, features: collector.features }
}

/** A file is read once: compiling a parser for it, as zod would, takes longer than parsing it. */
const ONCE = { jitless: true } as const

function parse<S extends z.ZodType>(schema: S, source: Source) {
  let document = source.value
  let result = schema.safeParse(document, ONCE)
  const blanks = result.success
    ? []
    : result.error.issues.filter((issue) => isBlank(issue, document)).map(pathOf)
  if (blanks.length > 0) {
    document = without(document, blanks)
    result = schema.safeParse(document, ONCE)
  }
  if (result.success) return { result, problems: [], salvaged: document }
  const problems = problemsOf(result.error.issues, { schema, document })
  const salvaged = without(
    document,
    problems.map((problem) => problem.path),
  )
  return { result, problems, salvaged }
}

/** `rooms:` with nothing after it means the same as no such key. For plain values it stays a fault. */
function isBlank(issue: z.core.$ZodIssue, document: unknown): boolean {
  if (issue.code !== 'invalid_type' || !['array', 'object', 'record'].includes(issue.expected)) return false
  const path = pathOf(issue)
  return typeof path.at(-1) !== 'number' && valueAt(document, path) === null
}

/** A copy without the values at the paths. Lists keep their indexes: an entry becomes a hole. */
function without(root: unknown, paths: readonly Path[]): unknown {
  if (paths.some((path) => path.length === 0)) return {}
  const copy = structuredClone(root)
  for (const path of paths) {
    const parent = valueAt(copy, path.slice(0, -1))
    const last = path.at(-1)
    if (Array.isArray(parent)) parent[Number(last)] = undefined
    else if (typeof parent === 'object' && parent !== null)
      delete (parent as Record<string, unknown>)[String(last)]
  }
  return copy
}

class Collector implements ReportSink {
  readonly faults: ConfigFault[] = []
  readonly warnings: string[] = []
  readonly features: FeatureUse[] = []
  private readonly source: Source
  private readonly mode: FeatureMode
  private readonly misshapen = new PathSet()

  constructor(source: Source, mode: FeatureMode, problems: ReturnType<typeof problemsOf>) {
    this.source = source
    this.mode = mode
    for (const problem of problems) {
      this.misshapen.add(problem.path)
      this.add(problem.path, problem.message, problem.at)
    }
  }

  /** A rule says nothing about what has the wrong shape: the value it looked for was taken out. */
  fault(path: Path, message: string, at: 'key' | 'value'): void {
    if (!this.isMisshapen(path)) this.add(path, message, at)
  }

  isMisshapen(path: Path): boolean {
    return this.misshapen.overlaps(path)
  }

  warn(path: Path, message: string): void {
    this.warnings.push(path.length === 0 ? message : `${formatPath(path)}: ${message}`)
  }

  uses(feature: Feature, path: Path): void {
    this.features.push({ feature, path: formatPath(path) })
    if (FEATURES[feature].available) return
    if (!isRefused(feature)) this.warn(path, unavailableMessage(feature))
    else if (this.mode === 'available') this.fault(path, unavailableMessage(feature), 'key')
  }

  private add(path: Path, message: string, at: 'key' | 'value'): void {
    this.faults.push({ ...this.source.locate(path, at), path: formatPath(path), message })
  }
}

function inFileOrder(faults: readonly ConfigFault[]): ConfigFault[] {
  const unique = new Map(faults.map((fault) => [JSON.stringify(fault), fault]))
  return [...unique.values()].sort(
    (left, right) =>
      left.file.localeCompare(right.file) ||
      (left.line ?? 0) - (right.line ?? 0) ||
      (left.column ?? 0) - (right.column ?? 0),
  )
}
