import { resolve } from 'node:path'
import type { z } from 'zod'
import type { ConfigFault } from './core/fault.ts'
import { ConfigError, fileError } from './core/fault.ts'
import { formatPath } from './core/path.ts'
import type { Overlay, ReadSource } from './core/source.ts'
import { jsonSource, overlaySource, textSource } from './core/source.ts'
import type { FileKind, Validated } from './core/validate.ts'
import { validate } from './core/validate.ts'
import type { Environment } from './environment.ts'
import type { FeatureMode } from './features.ts'
import type { FoundFile } from './files/find-file.ts'
import { readTextFile } from './files/read-file.ts'
import type { FileFacts } from './files/read-file.ts'
import { hasFileModes, secretFileFault, WINDOWS_WARNING } from './files/secret-file.ts'

/** What every loader of a configuration takes. */
export interface LoadOptions {
  /** The file to read; when left out, the kind's variable and usual names are tried. */
  path?: string
  /** Working directory. */
  cwd: string
  env: Environment
  /** `all` accepts features that this build does not have; `available` (the default) refuses them. */
  features?: FeatureMode
}

/** A configuration that was loaded. */
export interface Loaded<T> {
  config: T
  /** Absolute path of the file. */
  path: string
  /** What the user should know although nothing is wrong; one line each. */
  warnings: string[]
}

/** A file's text and what is known about the file itself. */
export interface ConfigText {
  text: string
  /** Absolute path, also of text that comes from no file. */
  path: string
  /** How messages name it; `.json` at the end means JSON. */
  shown: string
  /** Absent for text that comes from no file. */
  facts?: FileFacts
}

/** Options of the functions that read a text as if it stood in a private file. */
export interface ParseOptions {
  /** How faults name the text; `.json` at the end means JSON. Default: the usual name of the kind. */
  file?: string
  /** Default: the process's working directory. */
  cwd?: string
  /** Default: no variables. */
  env?: Environment
  features?: FeatureMode
}

/** A text that comes from no file, and the options that a loader would have had. */
export function textInput(
  text: string,
  usualName: string,
  options: ParseOptions,
): [input: ConfigText, options: LoadOptions] {
  const { file: shown = usualName, cwd = process.cwd(), env = {}, features } = options
  return [
    { text, shown, path: resolve(cwd, shown) },
    { cwd, env, features },
  ]
}

/** How to read one kind of file. */
export interface ReadPlan<S extends z.ZodType, Context> {
  kind: FileKind<S, Context>
  context: Context
  /** Key paths that hold secrets; `*` stands for every entry of a list. */
  secrets: readonly string[]
  features?: FeatureMode
  /** JSON whatever the file is called. */
  jsonOnly?: boolean
  /** Environment values over the file, and faults of the variables. */
  overlays?: readonly Overlay[]
  faults?: readonly ConfigFault[]
}

/** Reads the text of a file that was found. Throws a ConfigError when a named file is not there. */
export async function readFound(found: FoundFile): Promise<ConfigText> {
  const file = await readTextFile(found.path, found.shown)
  if (file === undefined) throw fileError(found.shown, 'there is no such file')
  return { ...file, path: found.path, shown: found.shown }
}

/** Parses and validates a text. Throws a ConfigError with every fault of text, file and environment. */
export async function readConfig<S extends z.ZodType, Context>(
  input: ConfigText,
  plan: ReadPlan<S, Context>,
): Promise<Validated<z.output<S>>> {
  const source = plan.jsonOnly
    ? jsonSource(input.text, input.shown)
    : await textSource(input.text, input.shown)
  if (source.broken) throw new ConfigError([...source.faults, ...(plan.faults ?? [])])
  return validateSource({ ...source, value: source.value ?? {} }, plan, input.facts)
}

/** Validates what was read together with the environment. */
export function validateSource<S extends z.ZodType, Context>(
  source: ReadSource,
  plan: ReadPlan<S, Context>,
  facts?: FileFacts,
): Validated<z.output<S>> {
  const secret =
    facts && plan.secrets.map((pattern) => secretAt(source.value, pattern.split('.'))).find(Boolean)
  const faults = [...source.faults, ...(plan.faults ?? [])]
  const warnings: string[] = []
  if (facts && secret && hasFileModes()) {
    const place = source.locate([]).file
    const fault = secretFileFault(facts, place, `a secret (${secret})`)
    if (fault) faults.push(fault)
  } else if (secret) warnings.push(WINDOWS_WARNING)
  const checked = validate(plan.kind, overlaySource(source, plan.overlays ?? []), {
    context: plan.context,
    features: plan.features,
    faults,
  })
  return { ...checked, warnings: [...warnings, ...checked.warnings] }
}

/** Key path of the first secret that a pattern finds. */
function secretAt(
  value: unknown,
  pattern: readonly string[],
  path: (string | number)[] = [],
): string | undefined {
  const [step, ...rest] = pattern
  if (step === undefined)
    return value === undefined || value === null || value === '' ? undefined : formatPath(path)
  if (typeof value !== 'object' || value === null) return undefined
  if (step !== '*')
    return Object.hasOwn(value, step)
      ? secretAt((value as Record<string, unknown>)[step], rest, [...path, step])
      : undefined
  if (!Array.isArray(value)) return undefined
  for (const [index, item] of value.entries()) {
    const found = secretAt(item, rest, [...path, index])
    if (found !== undefined) return found
  }
  return undefined
}
