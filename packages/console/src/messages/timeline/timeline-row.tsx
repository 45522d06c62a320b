import { memo, useLayoutEffect, useRef } from 'react'
import { useMessageSurroundings } from '../message-context.ts'
import { MessageView } from '../message-view.tsx'
import type { Outbox } from '../outbox.ts'
import { dayName } from '../time.ts'
import { OutgoingView } from './outgoing-view.tsx'
import { continuesGroup, rowId, startsDay, type TimelineRows } from './rows.ts'
import type { TimelineFocus } from './use-focus.ts'

interface TimelineRowProps {
  index: number
  rows: TimelineRows
  focus: TimelineFocus
  isTabStop: boolean
  /** The viewer was sent here by a link. */
  isMarked: boolean
  isUnreadStart: boolean
  /** There are messages before the first row, so that the place in the whole is not known. */
  hasOlder: boolean
  outbox: Outbox | undefined
}

/** A row: the lines that stand above a message, and the message, which can have the focus. */
export const TimelineRow = memo(function TimelineRow(props: TimelineRowProps): React.ReactNode {
  const { index, rows, focus, isTabStop, isUnreadStart } = props
  const id = rowId(rows, index)
  const article = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    if (focus.takeRequest(id)) article.current?.focus({ preventScroll: true })
  })
  const message = rows.messages[index]
  const before = rows.messages[index - 1]
  const newDay = message !== undefined && startsDay(message, before)
  const isGrouped = message !== undefined && !newDay && !isUnreadStart && continuesGroup(message, before)
  return (
    <div className="msg-row">
      {newDay ? <DayLine at={message.created_at} /> : null}
      {isUnreadStart ? <p className="msg-line msg-line-unread">New</p> : null}
      <article
        ref={article}
        className="msg-message"
        data-message={id}
        data-grouped={isGrouped}
        data-marked={props.isMarked}
        tabIndex={isTabStop ? 0 : -1}
        aria-labelledby={`from-${id}`}
        aria-posinset={props.hasOlder ? undefined : index + 1}
        aria-setsize={props.hasOlder ? -1 : rows.count}
        onFocus={(event) => {
          if (event.target === event.currentTarget) focus.noteFocus(id)
        }}
      >
        {message === undefined ? (
          <OutgoingView outgoing={rows.outgoing[index - rows.messages.length]} outbox={props.outbox} />
        ) : (
          <MessageView message={message} isGrouped={isGrouped} />
        )}
      </article>
    </div>
  )
}, isUnchanged)

/** A row is drawn again when its own message or its place changed, not when others came. */
function isUnchanged(before: TimelineRowProps, after: TimelineRowProps): boolean {
  const { index, rows } = after
  const own = (props: TimelineRowProps): unknown =>
    props.rows.messages[props.index] ?? props.rows.outgoing[props.index - props.rows.messages.length]
  return (
    own(before) === own(after) &&
    before.rows.messages[before.index - 1] === rows.messages[index - 1] &&
    before.index === index &&
    before.isTabStop === after.isTabStop &&
    before.isMarked === after.isMarked &&
    before.isUnreadStart === after.isUnreadStart &&
    before.hasOlder === after.hasOlder &&
    before.focus.focused === after.focus.focused
  )
}

function DayLine({ at }: { at: string }): React.ReactNode {
  const { now = Date.now } = useMessageSurroundings()
  return (
    <p className="msg-line">
      <time dateTime={at}>{dayName(at, now())}</time>
    </p>
  )
}
