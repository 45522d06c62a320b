import { useId, useMemo, useState } from 'react'
import type { MentionCandidate } from '../props.ts'
import { complete, mentionAt, type MentionQuery, suggest } from './completion.ts'

interface CompletionOptions {
  text: string
  caret: number
  candidates: readonly MentionCandidate[]
  /** Puts a text and a caret into the field. */
  put: (text: string, caret: number) => void
}

/** The suggestions at the caret, and the keys that choose one of them. */
export interface Completion {
  listId: string
  suggestions: readonly MentionCandidate[]
  active: number
  /** For the field: which list belongs to it, and which of its options is chosen. */
  attributes: React.AriaAttributes
  optionId: (index: number) => string
  accept: (candidate: MentionCandidate) => void
  /** True when the key was for the list. */
  handleKey: (key: string) => boolean
}

/** Suggests whom a mention at the caret may name. Escape closes the list until another mention is begun. */
export function useCompletion({ text, caret, candidates, put }: CompletionOptions): Completion {
  const listId = useId()
  const [closedAt, setClosedAt] = useState<number>()
  const [choice, setChoice] = useState<{ query: string; index: number }>()
  const query = useMemo(() => mentionAt(text, caret), [text, caret])
  const suggestions = useMemo(
    () => (query === undefined || query.start === closedAt ? [] : suggest(candidates, query.query)),
    [query, closedAt, candidates],
  )
  // The choice holds for what it was made among.
  const active = query !== undefined && choice?.query === query.query ? choice.index : 0
  const accept = (candidate: MentionCandidate): void => {
    if (query === undefined) return
    const done = complete(text, query, candidate.handle)
    put(done.text, done.caret)
  }
  const handleKey = (key: string): boolean => {
    const move = MOVES[key]
    const chosen = suggestions[active]
    if (query === undefined || chosen === undefined) return false
    if (move !== undefined) setChoice({ query: query.query, index: wrap(active + move, suggestions.length) })
    else if (key === 'Escape') setClosedAt(query.start)
    else if (key === 'Tab' || (key === 'Enter' && !isWritten(query, chosen))) accept(chosen)
    else return false
    return true
  }
  const optionId = (index: number): string => `${listId}-${index}`
  const attributes: React.AriaAttributes = {
    'aria-autocomplete': 'list',
    'aria-controls': listId,
    'aria-activedescendant': suggestions.length === 0 ? undefined : optionId(active),
  }
  return { listId, suggestions, active, attributes, optionId, accept, handleKey }
}

const MOVES: Readonly<Record<string, number | undefined>> = { ArrowDown: 1, ArrowUp: -1 }

function wrap(index: number, length: number): number {
  return (index + length) % length
}

/** Enter behind a name that is complete sends, and does not complete it once more. */
function isWritten({ query }: MentionQuery, { handle }: MentionCandidate): boolean {
  return query.toLowerCase() === handle.toLowerCase()
}
