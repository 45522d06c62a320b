import { useCallback, useMemo, useRef, useState } from 'react'
import { rowId, rowOfMessage, type TimelineRows } from './rows.ts'
import type { TimelineWindow } from './use-window.ts'

/** Moves the keyboard's focus between messages. */
export interface TimelineHandle {
  focusNext(): void
  focusPrevious(): void
  focusNewest(): void
}

interface FocusOptions {
  rows: TimelineRows
  window: TimelineWindow
  onFocusMessage: ((messageId: string) => void) | undefined
}

export interface TimelineFocus extends TimelineHandle {
  /** The message that has the focus, or had it last. */
  readonly focused: string | undefined
  /** Asked for by a row when it is drawn: whether the focus is meant for it. */
  takeRequest(messageId: string): boolean
  /** Focuses a message, once its row is drawn. */
  focusMessage(messageId: string): void
  /** A row got the focus by itself, by a click. */
  noteFocus(messageId: string): void
}

/**
 * The focus of a timeline: one message is in the tab order, j and k move to the next and previous one. The row
 * of a message may not be drawn yet; it takes the focus when it is.
 */
export function useFocus(options: FocusOptions): TimelineFocus {
  const [focused, setFocused] = useState<string>()
  const request = useRef<string>(undefined)
  const latest = useRef({ ...options, focused })
  latest.current = { ...options, focused }

  const focusMessage = useCallback((messageId: string) => {
    request.current = messageId
    setFocused(messageId)
    latest.current.onFocusMessage?.(messageId)
  }, [])
  const noteFocus = useCallback((messageId: string) => {
    if (latest.current.focused === messageId) return
    setFocused(messageId)
    latest.current.onFocusMessage?.(messageId)
  }, [])
  const takeRequest = useCallback((messageId: string) => {
    if (request.current !== messageId) return false
    request.current = undefined
    return true
  }, [])
  const focusRow = useCallback(
    (index: number) => {
      const { rows, window } = latest.current
      const row = Math.max(0, Math.min(index, rows.count - 1))
      const id = rowId(rows, row)
      if (id === '') return
      window.scrollToRow(row, 'nearest')
      focusMessage(id)
    },
    [focusMessage],
  )
  const moves = useMemo(() => {
    const current = (): number => {
      const { rows, focused: id, window } = latest.current
      const row = id === undefined ? -1 : rowOfMessage(rows, id)
      return row >= 0 ? row : window.range.end - 1
    }
    return {
      focusNext: () => focusRow(latest.current.focused === undefined ? current() : current() + 1),
      focusPrevious: () => focusRow(latest.current.focused === undefined ? current() : current() - 1),
      focusNewest: () => focusRow(latest.current.rows.count - 1),
    }
  }, [focusRow])
  return { focused, takeRequest, focusMessage, noteFocus, ...moves }
}

/** The message that the keys of a timeline move to; undefined for a key that is none of its. */
export function moveOfKey(event: React.KeyboardEvent, focus: TimelineHandle): (() => void) | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return undefined
  switch (event.key) {
    case 'j':
      return focus.focusNext
    case 'k':
      return focus.focusPrevious
    case 'End':
      return focus.focusNewest
    default:
      return undefined
  }
}

/** Keys belong to what is written into. */
function isTyping(target: EventTarget): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  )
}
