import { LIMITS } from './limits.ts'

/** Why a JSON value is refused at the edge, before any schema. */
export type JsonFault = 'syntax' | 'depth' | 'nul'

/** A JSON value that is safe to hand on, or why it is not. */
export type JsonResult = { ok: true; value: unknown } | { ok: false; reason: JsonFault }

/**
 * Reads a JSON text from outside by all rules of the edge: nesting is checked before parsing, then
 * {@link sanitizeJson} runs where it can matter: only a `\u` escape can bring in a NUL or a lone surrogate.
 */
export function parseJson(raw: string, maxDepth: number = LIMITS.jsonDepth): JsonResult {
  if (textDepthExceeds(raw, maxDepth)) return { ok: false, reason: 'depth' }
  let value: unknown
  try {
    value = JSON.parse(raw)
  } catch {
    return { ok: false, reason: 'syntax' }
  }
  const isPlain = !raw.includes('\\u') && !raw.includes('__proto__')
  return isPlain ? { ok: true, value } : sanitizeJson(value, maxDepth)
}

/**
 * Makes a parsed JSON value safe: lone surrogates become U+FFFD, `__proto__` keys go; a NUL character in any
 * string or key, and nesting over `maxDepth`, are refused. Works in place, so nobody else may hold the value,
 * and without recursion, so depth cannot exhaust the stack.
 */
export function sanitizeJson(value: unknown, maxDepth: number = LIMITS.jsonDepth): JsonResult {
  // The holder lets the value itself be treated like any item. It is no level of nesting.
  const root = [value]
  const open: Level[] = [{ container: root, depth: 0 }]
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    const fault = sanitizeLevel(level, open, maxDepth)
    if (fault !== undefined) return { ok: false, reason: fault }
  }
  return { ok: true, value: root[0] }
}

type Container = unknown[] | Record<string, unknown>

interface Level {
  container: Container
  depth: number
}

/** Cleans the items of one array or object, and puts the containers among them on `open`. */
function sanitizeLevel({ container, depth }: Level, open: Level[], maxDepth: number): JsonFault | undefined {
  const isList = Array.isArray(container)
  const keys = isList ? container.keys() : Object.keys(container)
  const fields = container as Record<PropertyKey, unknown>
  let brokenKeys = false
  for (const key of keys) {
    if (typeof key === 'string') {
      if (key.includes('\0')) return 'nul'
      brokenKeys ||= key === '__proto__' || !key.isWellFormed()
    }
    const item = fields[key]
    if (typeof item === 'string') {
      if (item.includes('\0')) return 'nul'
      if (!item.isWellFormed()) fields[key] = item.toWellFormed()
    } else if (typeof item === 'object' && item !== null) {
      if (depth === maxDepth) return 'depth'
      open.push({ container: item as Container, depth: depth + 1 })
    }
  }
  if (brokenKeys) repairKeys(fields)
  return undefined
}

/** Drops `__proto__` and makes the other keys well-formed; keeps their order. */
function repairKeys(fields: Record<string, unknown>): void {
  const entries = Object.entries(fields)
  for (const [key] of entries) delete fields[key]
  for (const [key, item] of entries) if (key !== '__proto__') fields[key.toWellFormed()] = item
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Whether a JSON text nests deeper than `max`, found without parsing it. A text that is not JSON gets some
 * answer, never an error.
 */
export function textDepthExceeds(raw: string, max: number): boolean {
  // Almost every text has fewer brackets than it may have levels, and counting them is a native search.
  if (countUpTo(raw, '[', max) + countUpTo(raw, '{', max) <= max) return false
  let depth = 0
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfString(raw, at)
    } else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      depth += 1
      if (depth > max) return true
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) {
      depth -= 1
    }
  }
  return false
}

/** How often `character` stands in `raw`; stops counting just above `most`. */
function countUpTo(raw: string, character: string, most: number): number {
  let count = 0
  for (let at = raw.indexOf(character); at >= 0 && count <= most; at = raw.indexOf(character, at + 1))
    count += 1
  return count
}

/**
 * Position of the quote that ends the string starting at `start`, or the end of the text. Looks from quote
 * to quote: most of a message is one long string without any.
 */
function endOfString(raw: string, start: number): number {
  for (let at = raw.indexOf('"', start + 1); at >= 0; at = raw.indexOf('"', at + 1)) {
    let escapes = 0
    while (raw.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1
    if (escapes % 2 === 0) return at
  }
  return raw.length
}
