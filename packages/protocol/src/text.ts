import { LIMITS } from './limits.ts'

/** White space and line breaks of every kind: also NEL, U+2028 and U+2029. */
const SPACES = /[\s\u0085\u001c-\u001f]+/g

/**
 * Characters that show nothing or change how others show: controls, format characters (bidi,
 * zero-width, tags), lone surrogates, and everything that renderers ignore by default.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu

/**
 * A text as one line of at most `max` characters (code points): white space becomes one space,
 * invisible and direction-changing characters go. Gives `''` when nothing is left.
 */
export function oneLine(text: string, max: number = LIMITS.nameCharacters): string {
  // Bounds the work on a huge name; what is cut here is far beyond what could be kept.
  const head = text.length > max * 64 ? text.slice(0, max * 64) : text
  const line = head.replace(SPACES, ' ').replace(INVISIBLE, '').replace(/ {2,}/g, ' ').trim()
  return line.length <= max ? line : Array.from(line).slice(0, max).join('').trimEnd()
}

/** Why a JSON value is refused at the edge, before any schema. */
export type JsonFault = 'syntax' | 'depth' | 'nul'

/** A JSON value that is safe to hand on, or why it is not. */
export type JsonResult = { ok: true; value: unknown } | { ok: false; reason: JsonFault }

/**
 * Makes a freshly parsed JSON value safe: lone surrogates become U+FFFD, `__proto__` keys go; a NUL
 * character in any string or key, and nesting over `maxDepth`, are refused. Objects and arrays are
 * changed in place, so the value must not be shared. Never recurses.
 */
export function sanitizeJson(value: unknown, maxDepth: number = LIMITS.jsonDepth): JsonResult {
  const root: [unknown] = [value]
  // Containers still to be read; `depths[i]` is how deep `open[i]` stands.
  const open: object[] = [root]
  const depths: number[] = [0]
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    const depth = depths.pop() as number
    const faults = Array.isArray(holder) ? undefined : repairKeys(holder as Record<string, unknown>)
    if (faults !== undefined) return { ok: false, reason: faults }
    const fields = holder as Record<string, unknown>
    for (const key in fields) {
      const item = fields[key]
      if (typeof item === 'string') {
        if (item.includes('\0')) return { ok: false, reason: 'nul' }
        if (!item.isWellFormed()) fields[key] = item.toWellFormed()
      } else if (typeof item === 'object' && item !== null) {
        if (depth >= maxDepth) return { ok: false, reason: 'depth' }
        open.push(item)
        depths.push(depth + 1)
      }
    }
  }
  return { ok: true, value: root[0] }
}

/** Drops `__proto__` and makes keys well-formed, in place and keeping their order. */
function repairKeys(fields: Record<string, unknown>): JsonFault | undefined {
  let broken = false
  for (const key of Object.keys(fields)) {
    if (key.includes('\0')) return 'nul'
    broken ||= key === '__proto__' || !key.isWellFormed()
  }
  if (!broken) return undefined
  const entries = Object.entries(fields)
  for (const [key] of entries) delete fields[key]
  for (const [key, item] of entries) if (key !== '__proto__') fields[key.toWellFormed()] = item
  return undefined
}

/**
 * Whether a JSON text nests deeper than `max`, found without parsing it. Text that is not JSON gets
 * some answer, never an error.
 */
export function textDepthExceeds(raw: string, max: number): boolean {
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

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Position of the quote that ends the string starting at `start`, or the end of the text. */
function endOfString(raw: string, start: number): number {
  for (let at = start + 1; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    if (code === BACKSLASH) at += 1
    else if (code === QUOTE) return at
  }
  return raw.length
}

/**
 * Reads a JSON text from outside by all rules of the edge: nesting is checked before parsing, then
 * {@link sanitizeJson} runs where it can matter (only a `\u` escape can bring in NUL or a lone surrogate).
 */
export function parseJson(raw: string, maxDepth: number = LIMITS.jsonDepth): JsonResult {
  if (textDepthExceeds(raw, maxDepth)) return { ok: false, reason: 'depth' }
  let value: unknown
  try {
    value = JSON.parse(raw)
  } catch {
    return { ok: false, reason: 'syntax' }
  }
  const suspect = raw.includes('\\u') || raw.includes('__proto__')
  return suspect ? sanitizeJson(value, maxDepth) : { ok: true, value }
}
