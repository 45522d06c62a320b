import { scanMentions } from '@moltnet/protocol'
import type { MentionCandidate } from '../props.ts'

/** Most names that a list of suggestions shows. */
const SUGGESTIONS = 8

/** The mention that the caret stands in: where its name starts, and what of it is written. */
export interface MentionQuery {
  start: number
  query: string
}

/** The mention that is being written at the caret; undefined when there is none. */
export function mentionAt(text: string, caret: number): MentionQuery | undefined {
  let start = -1
  // With one more letter a lone `@` is the start of a name as well, by the same rule as on the server.
  const before = `${text.slice(0, caret)}x`
  scanMentions(before, (from, end) => {
    if (end === before.length) start = from
    return true
  })
  return start < 0 ? undefined : { start, query: text.slice(start, caret) }
}

/** Whom a query may mean: those that begin with it first, each group in the order of the candidates. */
export function suggest(candidates: readonly MentionCandidate[], query: string): MentionCandidate[] {
  const wanted = query.toLowerCase()
  const begins: MentionCandidate[] = []
  const contains: MentionCandidate[] = []
  for (const candidate of candidates) {
    const names = [candidate.handle.toLowerCase(), candidate.name.toLowerCase()]
    if (names.some((name) => name.startsWith(wanted))) begins.push(candidate)
    else if (names.some((name) => name.includes(wanted))) contains.push(candidate)
  }
  return [...begins, ...contains].slice(0, SUGGESTIONS)
}

/** The text with the mention completed, and where the caret goes: after the space behind the name. */
export function complete(
  text: string,
  { start, query }: MentionQuery,
  handle: string,
): { text: string; caret: number } {
  const after = text.slice(start + query.length)
  const space = after.startsWith(' ') ? '' : ' '
  return { text: `${text.slice(0, start)}${handle}${space}${after}`, caret: start + handle.length + 1 }
}
