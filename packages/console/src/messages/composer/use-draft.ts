import { useImperativeHandle, useLayoutEffect, useRef, useState } from 'react'
import type { ComposerProps } from '../props.ts'

/** The text in the field, where its caret stands, and what may change them. */
export interface Draft {
  field: React.RefObject<HTMLTextAreaElement | null>
  text: string
  caret: number
  /** The writer changed the text. */
  change(text: string, caret: number): void
  moveCaret(caret: number): void
  /** Puts a text into the field by program and focuses it; the caret goes to its end by default. */
  put(text: string, caret?: number): void
}

/** The text of a composer, kept as the draft of its conversation while it is written. */
export function useDraft({
  conversation,
  drafts,
  handle,
}: Pick<ComposerProps, 'conversation' | 'drafts' | 'handle'>): Draft {
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(() => drafts.read(conversation))
  const [caret, moveCaret] = useState(text.length)
  const caretAfter = useRef<number>(undefined)
  const change = (next: string, nextCaret: number): void => {
    setText(next)
    moveCaret(nextCaret)
    drafts.write(conversation, next)
  }
  const put = (next: string, nextCaret = next.length): void => {
    caretAfter.current = nextCaret
    change(next, nextCaret)
    field.current?.focus()
  }
  useLayoutEffect(() => {
    if (caretAfter.current === undefined) return
    field.current?.setSelectionRange(caretAfter.current, caretAfter.current)
    caretAfter.current = undefined
  })
  useAutosize(field, text)
  useImperativeHandle(handle, () => ({
    focus: () => field.current?.focus(),
    insert: (added) => put(`${text}${/(?:^|\s)$/.test(text) ? '' : ' '}${added}`),
  }))
  return { field, text, caret, change, moveCaret, put }
}

/** The field is as high as its text; the stylesheet says how high at most. */
function useAutosize(field: React.RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const { current } = field
    if (current === null) return
    current.style.height = 'auto'
    current.style.height = `${current.scrollHeight}px`
  }, [field, text])
}
