import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { TimelineSnapshot } from '../timeline-source.ts'
import { rowId, rowOfMessage, type TimelineRows } from './rows.ts'
import type { TimelineWindow } from './use-window.ts'

/** More new messages than this are not counted one by one. */
const COUNTED = 999

interface PositionOptions {
  rows: TimelineRows
  snapshot: TimelineSnapshot
  window: TimelineWindow
  onReadTo: ((messageId: string) => void) | undefined
}

/** Where a reader stands in a conversation. */
export interface Position {
  atEnd: boolean
  /** Messages that came since the reader left the end; at most 1,000 are counted. */
  unseen: number
}

/**
 * Follows where the reader stands: at the end, or how many messages came since. Being at the end of a live
 * stretch in a visible page counts as having read to its last message.
 */
export function usePosition({ rows, snapshot, window, onReadTo }: PositionOptions): Position {
  const isLive = snapshot.newer.kind === 'end'
  const [lastSeen, setLastSeen] = useState('')
  const atEnd = isLive && window.isAtEnd
  const last = snapshot.messages.at(-1)?.id ?? ''
  useEffect(() => {
    if (!atEnd || last === '' || document.visibilityState !== 'visible') return
    setLastSeen(last)
    onReadTo?.(last)
  }, [atEnd, last, onReadTo])
  return { atEnd, unseen: atEnd ? 0 : countAfter(rows, lastSeen) }
}

function countAfter(rows: TimelineRows, lastSeen: string): number {
  if (lastSeen === '') return 0
  const { messages } = rows
  const oldest = Math.max(0, messages.length - COUNTED - 1)
  for (let index = messages.length - 1; index >= oldest; index -= 1) {
    if (messages[index]?.id === lastSeen) return messages.length - 1 - index
  }
  // Not among the newest: that many came, or the stretch is another one by now.
  return rows.messages.length > COUNTED ? COUNTED + 1 : 0
}

interface OpeningOptions {
  rows: TimelineRows
  snapshot: TimelineSnapshot
  window: TimelineWindow
  /** Someone else decides where to begin. */
  isJumping: boolean
}

/** Where a conversation is opened: at the first unread message where it is loaded, else at the end. */
export function useOpening({ rows, snapshot, window, isJumping }: OpeningOptions): void {
  const opened = useRef(false)
  useLayoutEffect(() => {
    if (opened.current || rows.count === 0) return
    opened.current = true
    if (isJumping) return
    const unread = snapshot.unreadFrom === undefined ? -1 : rowOfMessage(rows, snapshot.unreadFrom)
    if (unread >= 0) window.scrollToRow(unread, 'start')
    else window.scrollToEnd()
  }, [rows, snapshot, window, isJumping])
}

interface JumpOptions {
  rows: TimelineRows
  window: TimelineWindow
  jumpTo: string | undefined
  load: (messageId: string) => Promise<boolean>
  onArrived: (messageId: string) => void
  onFailed: ((messageId: string) => void) | undefined
}

/** Brings a message into the middle of the view, and loads around it first when it is not there. */
export function useJump({ rows, window, jumpTo, load, onArrived, onFailed }: JumpOptions): void {
  const wanted = useRef<string>(undefined)
  const callbacks = useRef({ load, onArrived, onFailed })
  useLayoutEffect(() => {
    callbacks.current = { load, onArrived, onFailed }
  })
  useLayoutEffect(() => {
    wanted.current = jumpTo
    if (jumpTo === undefined) return
    callbacks.current.load(jumpTo).then(
      (found) => {
        if (!found && wanted.current === jumpTo) {
          wanted.current = undefined
          callbacks.current.onFailed?.(jumpTo)
        }
      },
      () => callbacks.current.onFailed?.(jumpTo),
    )
  }, [jumpTo])
  useLayoutEffect(() => {
    const target = wanted.current
    if (target === undefined) return
    const index = rowOfMessage(rows, target)
    if (index < 0 || rowId(rows, index) !== target) return
    wanted.current = undefined
    window.scrollToRow(index, 'center')
    callbacks.current.onArrived(target)
  }, [rows, window, jumpTo])
}
