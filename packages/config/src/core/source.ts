import { readJsonDocument } from './json-document.ts'
import type { ConfigFault } from './fault.ts'
import type { Path } from './path.ts'
import { formatPath, isBelow } from './path.ts'
import type { SourceDocument } from './source-tree.ts'
import { lineFinder, offsetOf, toValue } from './source-tree.ts'

/** Where in the user's files or variables a value stands. */
export type Place = Pick<ConfigFault, 'file' | 'line' | 'column'>

/** A configuration value that still knows where each part of it came from. */
export interface Source {
  value: unknown
  /** Place of the value (or of its key) at a path; of what is around it when it is missing. */
  locate(path: Path, at?: 'key' | 'value'): Place
}

/** A text that was read as JSON or YAML. */
export interface ReadSource extends Source {
  faults: ConfigFault[]
  /** The text could not be read to its end. */
  broken: boolean
}

/** A value with no file behind it, such as the defaults; faults name `label`. */
export function valueSource(value: unknown, label: string): ReadSource {
  return { value, locate: () => ({ file: label }), faults: [], broken: false }
}

/** Reads strict JSON. */
export function jsonSource(text: string, file: string): ReadSource {
  return documentSource(text, file, readJsonDocument(text))
}

/** Reads YAML, or strict JSON when the name ends in `.json`. Only YAML loads the YAML parser. */
export async function textSource(text: string, file: string): Promise<ReadSource> {
  if (file.toLowerCase().endsWith('.json')) return jsonSource(text, file)
  const { readYamlDocument } = await import('./yaml-document.ts')
  return documentSource(text, file, readYamlDocument(text))
}

function documentSource(text: string, file: string, document: SourceDocument): ReadSource {
  const find = lineFinder(text)
  const place = (offset: number): Place => ({ file, ...find(offset) })
  return {
    value: toValue(document.root),
    locate: (path, at = 'value') => place(offsetOf(document.root, path, at)),
    faults: document.faults.map((fault) => ({
      ...place(fault.offset),
      path: formatPath(fault.path),
      message: fault.message,
    })),
    broken: document.broken,
  }
}

/** A value that an environment variable puts at a path, over whatever the file says there. */
export interface Overlay {
  path: Path
  variable: string
  value: unknown
  /** The variable's text when it is a document of its own; its faults then have line and column. */
  source?: Source
}

/** The source with environment values over it. Faults below an overlaid path name the variable. */
export function overlaySource(base: Source, overlays: readonly Overlay[]): Source {
  let value = base.value
  const applied: Overlay[] = []
  for (const overlay of overlays) {
    const next = withValue(value, overlay.path, overlay.value)
    if (next === undefined) continue
    value = next
    applied.push(overlay)
  }
  return {
    value,
    locate: (path, at) => {
      const overlay = applied.findLast((one) => isBelow(path, one.path))
      if (overlay === undefined) return base.locate(path, at)
      return overlay.source?.locate(path.slice(overlay.path.length), at) ?? { file: overlay.variable }
    },
  }
}

/** A copy of `root` with the value set, or undefined when something that is no mapping is in the way. */
function withValue(root: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  const parent = root ?? {}
  if (typeof parent !== 'object' || Array.isArray(parent)) return undefined
  const below = withValue((parent as Record<string, unknown>)[step], rest, value)
  return below === undefined ? undefined : { ...parent, [step]: below }
}
