import { quote } from './path.ts'
import type { MapEntry, SourceDocument, SourceFault, SourceNode } from './source-tree.ts'
import { DOCUMENT_LIMITS, keyFault, textFault } from './source-tree.ts'

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /[A-Za-z_$][\w$]*/y
const SPACE = /[ \t\n\r]*/y

/** Ends reading at the first mistake: what follows it cannot be trusted. */
class JsonSyntaxError extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/**
 * Reads strict JSON (RFC 8259: no comments, no trailing commas) and keeps where everything stands, which
 * `JSON.parse` does not tell. A key that stands twice is a fault; so is anything after the value.
 */
export function readJsonDocument(text: string): SourceDocument {
  const reader = new JsonReader(text)
  try {
    return { root: reader.document(), faults: reader.faults, broken: false }
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    const root: SourceNode = { type: 'scalar', offset: 0, size: 1, value: null, empty: true }
    return { root, faults: [{ offset: error.offset, path: [], message: error.message }], broken: true }
  }
}

class JsonReader {
  readonly faults: SourceFault[] = []
  private readonly text: string
  private offset = 0
  private nodes = 0
  private readonly path: (string | number)[] = []

  constructor(text: string) {
    this.text = text
  }

  document(): SourceNode {
    const root = this.value()
    this.space()
    if (this.offset < this.text.length) this.fail('there is more text after the end of the JSON value')
    return root
  }

  private value(): SourceNode {
    this.space()
    this.nodes += 1
    if (this.nodes > DOCUMENT_LIMITS.nodes) this.fail(`holds more than ${DOCUMENT_LIMITS.nodes} values`)
    if (this.path.length > DOCUMENT_LIMITS.depth)
      this.fail(`is nested deeper than ${DOCUMENT_LIMITS.depth} levels`)
    const offset = this.offset
    const first = this.text[offset]
    if (first === '{') return this.object(offset)
    if (first === '[') return this.array(offset)
    if (first === '"') return { type: 'scalar', offset, size: 1, value: this.string() }
    return { type: 'scalar', offset, size: 1, value: this.literal() }
  }

  private object(offset: number): SourceNode {
    const entries = new Map<string, MapEntry>()
    let size = 1
    this.offset += 1
    while (this.next('}', size > 1)) {
      const keyOffset = this.offset
      if (this.text[keyOffset] !== '"') this.fail('expected a key in double quotes')
      const key = this.string()
      this.space()
      if (this.text[this.offset] !== ':') this.fail(`expected ":" after the key ${quote(key)}`)
      this.offset += 1
      this.path.push(key)
      const node = this.value()
      this.keep(entries, key, { keyOffset, node })
      this.path.pop()
      size += node.size
    }
    return { type: 'map', offset, size, entries }
  }

  private keep(entries: Map<string, MapEntry>, key: string, entry: MapEntry): void {
    const message = keyFault(key, entries)
    if (message) this.faults.push({ offset: entry.keyOffset, path: [...this.path], message })
    else entries.set(key, entry)
  }

  private array(offset: number): SourceNode {
    const items: SourceNode[] = []
    let size = 1
    this.offset += 1
    while (this.next(']', size > 1)) {
      this.path.push(items.length)
      const item = this.value()
      items.push(item)
      this.path.pop()
      size += item.size
    }
    return { type: 'list', offset, size, items }
  }

  /** Whether another element follows; moves past the comma before it or past the closing character. */
  private next(close: '}' | ']', started: boolean): boolean {
    this.space()
    if (this.text[this.offset] === close) {
      this.offset += 1
      return false
    }
    if (!started) return true
    if (this.text[this.offset] !== ',') this.fail(`expected "," or "${close}"`)
    const comma = this.offset
    this.offset += 1
    this.space()
    if (this.text[this.offset] === close) {
      this.offset = comma
      this.fail(`a comma before "${close}" is not allowed in JSON`)
    }
    return true
  }

  private string(): string {
    const start = this.offset
    for (let i = start + 1; i < this.text.length; i++) {
      const unit = this.text.charCodeAt(i)
      if (unit === 0x5c) i += 1
      else if (unit < 0x20) this.fail('a line break or control character in a string must be escaped', i)
      else if (unit === 0x22) {
        this.offset = i + 1
        return this.decode(start, i + 1)
      }
    }
    return this.fail('this string has no closing quote', start)
  }

  private decode(start: number, end: number): string {
    const source = this.text.slice(start, end)
    let text: string
    try {
      text = source.includes('\\') ? (JSON.parse(source) as string) : source.slice(1, -1)
    } catch {
      return this.fail('this string holds an escape that JSON does not know', start)
    }
    const message = textFault(text)
    if (message) this.faults.push({ offset: start, path: [...this.path], message })
    return text
  }

  private literal(): unknown {
    const number = this.match(NUMBER)
    if (number !== undefined) return Number(number)
    const word = this.match(WORD)
    if (word === 'true' || word === 'false') return word === 'true'
    if (word === 'null') return null
    if (word !== undefined) this.offset -= word.length
    return this.fail(
      this.offset >= this.text.length ? 'the JSON text ends too early' : 'expected a JSON value',
    )
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.offset += found.length
    return found
  }

  private space(): void {
    this.match(SPACE)
  }

  private fail(message: string, offset = this.offset): never {
    throw new JsonSyntaxError(offset, message)
  }
}
