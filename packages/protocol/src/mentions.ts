import type { MentionDirectory } from './mention-directory.ts'
import { COLON, isNameCode, tailStart } from './name-characters.ts'
import type { Part } from './part.ts'

/** Kept for a later rule; as `@all` and `@room` they are plain text now. */
const RESERVED: ReadonlySet<string> = new Set(['all', 'room'])

/** Position after the name characters that start at `from`. */
function skipName(text: string, from: number): number {
  let at = from
  while (isNameCode(text.charCodeAt(at))) at += 1
  return at
}

/** Position of the white space, `>` or end that ends a `molt://` reference. */
function skipReference(text: string, from: number): number {
  REFERENCE_END.lastIndex = from
  return REFERENCE_END.exec(text)?.index ?? text.length
}

const REFERENCE_END = /[\s>]/g

/**
 * Finds what a text mentions: `@name`, `@net:name` and `<@molt://…>`, in order. `visit` gets the span of
 * each candidate without the `@`; returning false stops the scan. Spans never overlap and every
 * character is read a bounded number of times, whatever the text.
 */
export function scanMentions(text: string, visit: (start: number, end: number) => boolean): void {
  for (let at = text.indexOf('@'); at >= 0; ) {
    const start = at + 1
    // `bob@beta.com` mentions nobody.
    const inName = at > 0 && isNameCode(text.charCodeAt(at - 1))
    const token = inName ? undefined : readToken(text, start)
    if (token?.candidate && !visit(start, token.end)) return
    at = text.indexOf('@', token?.end ?? start)
  }
}

function readToken(text: string, start: number): { end: number; candidate: boolean } {
  if (text.startsWith('molt://', start)) {
    const end = skipReference(text, start)
    // A bare `@molt://…` is taken as one word, so that nothing inside it counts, but names nobody.
    return { end, candidate: text[start - 2] === '<' && text[end] === '>' }
  }
  const nameEnd = skipName(text, start)
  if (nameEnd === start) return { end: start, candidate: false }
  if (text.charCodeAt(nameEnd) !== COLON) return { end: nameEnd, candidate: true }
  const scopedEnd = skipName(text, nameEnd + 1)
  return { end: scopedEnd > nameEnd + 1 ? scopedEnd : nameEnd, candidate: true }
}

/** What is resolved, and against whom. */
export interface ResolveMentionsOptions {
  /** `mentions` of the request: ids in any notation; a leading `@` is not held against them. */
  mentions?: readonly string[]
  parts: readonly Part[]
  directory: MentionDirectory
  /** Called with what reads like a mention and names no member, or no single one; perhaps more than once. */
  onUnresolved?: (reference: string) => void
}

/**
 * The mentions of a message as stored: FQIDs of members, unique, first the request's own `mentions`,
 * then those of its text parts, in first-seen order. What names nobody, or nobody clearly, is dropped.
 */
export function resolveMentions(options: ResolveMentionsOptions): string[] {
  const { mentions = [], parts, directory, onUnresolved } = options
  const found = new Set<string>()
  const isOver = () => onUnresolved === undefined && found.size === directory.size
  const miss = (reference: string) => {
    const name = reference.slice(0, tailStart(reference))
    if (name !== '') onUnresolved?.(name)
  }
  const add = (reference: string): boolean => {
    const member = directory.find(reference)
    if (member !== undefined) found.add(member)
    else miss(reference)
    return !isOver()
  }
  const addUnlessReserved = (name: string): boolean => {
    if (!RESERVED.has(name.slice(0, tailStart(name)))) return add(name)
    miss(name)
    return true
  }

  for (const mention of mentions) {
    if (mention.startsWith('@')) addUnlessReserved(mention.slice(1))
    else add(mention)
  }
  for (const { kind, text } of parts) {
    if (isOver()) break
    if (kind !== 'text' || text === undefined) continue
    scanMentions(text, (start, end) => addUnlessReserved(text.slice(start, end)))
  }
  return [...found]
}
