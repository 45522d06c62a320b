import type { Path } from './path.ts'

/** Limits of a configuration document; all are far above any sensible file. */
export const DOCUMENT_LIMITS = {
  /** Largest file, in bytes: several thousand rooms. */
  bytes: 1_048_576,
  /** Deepest nesting of mappings and lists; no key of any file kind is deeper than 8. */
  depth: 64,
  /**
   * Most values after YAML aliases are expanded, so that a few lines cannot stand for millions. A file of
   * the largest size cannot hold as many without aliases.
   */
  nodes: 600_000,
} as const

/** A value of a document with the offset it starts at, in UTF-16 units. */
export type SourceNode = MapNode | ListNode | ScalarNode

export interface MapNode {
  type: 'map'
  offset: number
  /** Values in this node and below, itself included, with aliases expanded. */
  size: number
  entries: Map<string, MapEntry>
}

export interface MapEntry {
  keyOffset: number
  node: SourceNode
}

export interface ListNode {
  type: 'list'
  offset: number
  size: number
  items: SourceNode[]
}

export interface ScalarNode {
  type: 'scalar'
  offset: number
  size: 1
  value: unknown
  /** Nothing is written there, as in `rooms:` with no value. */
  empty?: true
}

/** A fault found while a document was read. */
export interface SourceFault {
  offset: number
  path: Path
  message: string
}

/** A document that was read: its tree, and what is wrong with its form. */
export interface SourceDocument {
  root: SourceNode
  faults: SourceFault[]
  /** The text could not be read to its end: the tree is not worth checking. */
  broken: boolean
}

/** The tree as a plain value. Every call makes a new one, also for parts that aliases share. */
export function toValue(node: SourceNode): unknown {
  if (node.type === 'scalar') return node.value
  if (node.type === 'list') return node.items.map(toValue)
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toValue(entry.node)]))
}

/** Offset of the value (or of its key) at a path; of the nearest thing around it when it is missing. */
export function offsetOf(root: SourceNode, path: Path, at: 'key' | 'value'): number {
  let node = root
  let keyOffset: number | undefined
  for (const [index, step] of path.entries()) {
    const next = child(node, step)
    if (next === undefined) break
    keyOffset = next.keyOffset
    node = next.node
    if (index === path.length - 1 && at === 'key' && keyOffset !== undefined) return keyOffset
  }
  const empty = node.type === 'scalar' && node.empty === true
  return empty && keyOffset !== undefined ? keyOffset : node.offset
}

function child(
  node: SourceNode,
  step: string | number,
): (Partial<MapEntry> & { node: SourceNode }) | undefined {
  if (node.type === 'map') return node.entries.get(String(step))
  if (node.type !== 'list') return undefined
  const item = node.items[Number(step)]
  return item && { node: item }
}

/** Gives line and column, both from 1, of offsets in a text. The text is looked through once. */
export function lineFinder(text: string): (offset: number) => { line: number; column: number } {
  let starts: number[] | undefined
  return (offset) => {
    starts ??= lineStarts(text)
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: Math.min(offset, text.length) - (starts[low] ?? 0) + 1 }
  }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  return starts
}

/** Why a text may not stand in a configuration, or undefined when it may. */
export function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character'
  return text.isWellFormed() ? undefined : 'holds half of a surrogate pair, which is no character'
}

/** Why a key may not join the others of its mapping, or undefined when it may. */
export function keyFault(key: string, others: ReadonlyMap<string, unknown>): string | undefined {
  if (others.has(key)) return 'stands twice in the same mapping'
  return key === '__proto__' ? 'is not a key' : undefined
}
