import type { Document, Pair, YAMLError } from 'yaml'
import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Path } from './path.ts'
import type { MapEntry, MapNode, SourceDocument, SourceFault, SourceNode } from './source-tree.ts'
import { DOCUMENT_LIMITS, keyFault, textFault } from './source-tree.ts'

/** Reads one YAML 1.2 document and keeps where everything stands. Aliases and `<<` merges are expanded. */
export function readYamlDocument(text: string): SourceDocument {
  // Duplicate keys are looked for below: the parser's own check takes quadratic time. Its pretty errors
  // would quote the line, which may hold a token.
  const parsed = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'error' })
  if (parsed.errors.length > 0) {
    return { root: nothing(0), faults: onePerLine(text, parsed.errors), broken: true }
  }
  const builder = new TreeBuilder(parsed)
  const root = builder.build(parsed.contents, [], 0)
  const tags = parsed.warnings.map((warning) => syntaxFault(warning))
  return { root, faults: [...tags, ...builder.faults], broken: builder.exhausted }
}

function syntaxFault(error: YAMLError): SourceFault {
  const message =
    error.code === 'MULTIPLE_DOCS' ? 'holds more than one YAML document; only one is allowed' : error.message
  return { offset: error.pos[0], path: [], message }
}

/** The first error of each line: the later ones only follow from it. */
function onePerLine(text: string, errors: readonly YAMLError[]): SourceFault[] {
  const byLine = new Map<number, SourceFault>()
  for (const error of errors) {
    const fault = syntaxFault(error)
    const line = text.lastIndexOf('\n', fault.offset - 1)
    if (!byLine.has(line)) byLine.set(line, fault)
  }
  return [...byLine.values()]
}

function nothing(offset: number): SourceNode {
  return { type: 'scalar', offset, size: 1, value: null, empty: true }
}

class TreeBuilder {
  readonly faults: SourceFault[] = []
  exhausted = false
  private readonly document: Document.Parsed
  /** Anchored nodes that were built once; an alias shares the tree. */
  private readonly built = new Map<unknown, SourceNode>()
  private readonly open = new Set<unknown>()

  constructor(document: Document.Parsed) {
    this.document = document
  }

  build(node: unknown, path: Path, parentOffset: number): SourceNode {
    if (isAlias(node)) return this.alias(node, path)
    if (path.length > DOCUMENT_LIMITS.depth) {
      return this.refuse(
        offsetOfNode(node, parentOffset),
        path,
        `is nested deeper than ${DOCUMENT_LIMITS.depth} levels`,
      )
    }
    this.open.add(node)
    const tree = this.unaliased(node, path, parentOffset)
    this.open.delete(node)
    this.built.set(node, tree)
    return tree
  }

  private unaliased(node: unknown, path: Path, parentOffset: number): SourceNode {
    const offset = offsetOfNode(node, parentOffset)
    if (isMap(node)) return this.map(node.items, path, offset)
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.build(item, [...path, index], offset))
      return this.sized(
        { type: 'list', offset, items, size: items.reduce((sum, item) => sum + item.size, 1) },
        path,
      )
    }
    if (!isScalar(node)) return nothing(offset)
    const message = typeof node.value === 'string' ? textFault(node.value) : undefined
    if (message) this.faults.push({ offset, path, message })
    const empty = node.value === null && node.range?.[0] === node.range?.[1]
    return { type: 'scalar', offset, size: 1, value: node.value, ...(empty ? { empty: true as const } : {}) }
  }

  private alias(node: { source: string; range?: [number, number, number] | null }, path: Path): SourceNode {
    const offset = node.range?.[0] ?? 0
    const target = isAlias(node) ? node.resolve(this.document) : undefined
    if (target === undefined) this.report(offset, path, `no anchor &${node.source} stands before this alias`)
    else if (this.open.has(target)) this.report(offset, path, 'this alias stands inside its own anchor')
    else return this.built.get(target) ?? this.build(target, path, offset)
    return nothing(offset)
  }

  private map(pairs: Pair[], path: Path, offset: number): SourceNode {
    const tree: MapNode = { type: 'map', offset, size: 1, entries: new Map() }
    const merged: SourceNode[] = []
    for (const pair of pairs) {
      const key = this.key(pair, path, offset)
      if (key === undefined) continue
      const below = [...path, key.text]
      const node = this.build(pair.value, below, key.offset)
      if (key.text === '<<') merged.push(...this.mergeSources(node, key.offset, below))
      else {
        const message = keyFault(key.text, tree.entries)
        if (message) this.report(key.offset, below, message)
        else tree.entries.set(key.text, { keyOffset: key.offset, node })
      }
    }
    for (const source of merged) mergeInto(tree.entries, source)
    for (const entry of tree.entries.values()) tree.size += entry.node.size
    return this.sized(tree, path)
  }

  private key(pair: Pair, path: Path, offset: number): { text: string; offset: number } | undefined {
    const node = isAlias(pair.key) ? pair.key.resolve(this.document) : pair.key
    if (isScalar(node)) {
      const text = typeof node.value === 'string' ? node.value : (node.source ?? '')
      return { text, offset: offsetOfNode(pair.key, offset) }
    }
    this.report(offsetOfNode(pair.key, offset), path, 'a key must be plain text')
    return undefined
  }

  private mergeSources(node: SourceNode, offset: number, path: Path): SourceNode[] {
    const sources = node.type === 'list' ? node.items : [node]
    if (sources.every((source) => source.type === 'map')) return sources
    this.report(offset, path, 'only a mapping, or a list of mappings, can be merged')
    return []
  }

  private sized(node: SourceNode, path: Path): SourceNode {
    if (node.size <= DOCUMENT_LIMITS.nodes) return node
    return this.refuse(node.offset, path, `stands for more than ${DOCUMENT_LIMITS.nodes} values`)
  }

  private refuse(offset: number, path: Path, message: string): SourceNode {
    if (!this.exhausted) this.report(offset, path, message)
    this.exhausted = true
    return nothing(offset)
  }

  private report(offset: number, path: Path, message: string): void {
    this.faults.push({ offset, path, message })
  }
}

/** Adds what is not there yet: own keys win over merged ones, earlier sources over later ones. */
function mergeInto(entries: Map<string, MapEntry>, source: SourceNode): void {
  if (source.type !== 'map') return
  for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry)
}

function offsetOfNode(node: unknown, fallback: number): number {
  const range = (node as { range?: [number, number, number] | null } | null)?.range
  return range?.[0] ?? fallback
}
