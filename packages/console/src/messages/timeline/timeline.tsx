import './timeline.css'
import { useImperativeHandle, useMemo, useState } from 'react'
import { ExpandedProvider } from '../expanded.ts'
import { Icon } from '../../components/icon.tsx'
import type { TimelineProps } from '../props.ts'
import type { TimelineSnapshot, TimelineSource } from '../timeline-source.ts'
import { Announcer } from './announcer.tsx'
import { NewerEdge, OlderEdge } from './edges.tsx'
import { rowId, type TimelineRows } from './rows.ts'
import { TimelineRow } from './timeline-row.tsx'
import { moveOfKey, type TimelineFocus, useFocus } from './use-focus.ts'
import { useJump, useOpening, usePosition } from './use-position.ts'
import { useTimeline } from './use-timeline.ts'
import { type TimelineWindow, useWindow } from './use-window.ts'

/** The messages of one conversation, live, however many they are. Needs a `MessageProvider` above it. */
export function Timeline(props: TimelineProps): React.ReactNode {
  const { source, label, outbox } = props
  const { snapshot, rows } = useTimeline(source, outbox)
  const window = useWindow({ rows, snapshot, source })
  const focus = useFocus({ rows, window, onFocusMessage: props.onFocusMessage })
  const marked = useDestination({ ...props, rows, snapshot, window, focus })
  const position = usePosition({ rows, snapshot, window, onReadTo: props.onReadTo })
  const expanded = useMemo(() => new Set<string>(), [])
  useImperativeHandle(props.handle, () => focus, [focus])
  const isEmpty = rows.count === 0
  return (
    <ExpandedProvider value={expanded}>
      <div className="msg-timeline">
        <div
          ref={window.view}
          className="msg-scroll"
          role="feed"
          aria-label={label}
          aria-busy={snapshot.older.kind === 'loading' || snapshot.newer.kind === 'loading'}
          tabIndex={isEmpty ? 0 : -1}
          onKeyDown={(event) => {
            const move = moveOfKey(event, focus)
            if (move === undefined) return
            event.preventDefault()
            move()
          }}
        >
          <div ref={window.list} className="msg-rows" onClickCapture={window.hold}>
            <OlderEdge edge={snapshot.older} isEmpty={isEmpty} load={() => source.loadOlder()} />
            <DrawnRows {...{ rows, snapshot, window, focus, marked, outbox }} />
            {isEmpty ? null : <NewerEdge edge={snapshot.newer} load={() => source.loadNewer()} />}
          </div>
          {isEmpty && snapshot.older.kind === 'end' ? <div className="msg-empty">{props.empty}</div> : null}
        </div>
        {position.atEnd || isEmpty ? null : (
          <ToEnd unseen={position.unseen} onClick={() => goToEnd(window, snapshot, source)} />
        )}
        <Announcer messages={snapshot.messages} isLive={snapshot.newer.kind === 'end'} />
      </div>
    </ExpandedProvider>
  )
}

function goToEnd(window: TimelineWindow, { newer }: TimelineSnapshot, source: TimelineSource): void {
  if (newer.kind === 'end') window.scrollToEnd()
  // The rows of the newest page are drawn in the next frame.
  else void source.loadNewest().then(() => requestAnimationFrame(() => window.scrollToEnd()))
}

interface DestinationOptions extends Pick<TimelineProps, 'source' | 'jumpTo' | 'onJumpFailed'> {
  rows: TimelineRows
  snapshot: TimelineSnapshot
  window: TimelineWindow
  focus: TimelineFocus
}

/** Brings the view to where it is to be: at the opening, and at each jump. Gives the message jumped to. */
function useDestination(options: DestinationOptions): string | undefined {
  const { source, jumpTo, onJumpFailed, focus, ...view } = options
  const [marked, setMarked] = useState<string>()
  useOpening({ ...view, isJumping: jumpTo !== undefined })
  useJump({
    ...view,
    jumpTo,
    load: (id) => (source.has(id) ? Promise.resolve(true) : source.loadAround(id)),
    onFailed: onJumpFailed,
    onArrived: (id) => {
      setMarked(id)
      focus.focusMessage(id)
    },
  })
  return marked
}

interface DrawnRowsProps extends Pick<TimelineProps, 'outbox'> {
  rows: TimelineRows
  snapshot: TimelineSnapshot
  window: TimelineWindow
  focus: TimelineFocus
  marked: string | undefined
}

function DrawnRows({ rows, snapshot, window, focus, marked, outbox }: DrawnRowsProps): React.ReactNode {
  const { start, end } = window.range
  const tabStop = focus.focused ?? rowId(rows, rows.count - 1)
  return (
    <div ref={window.drawn} className="msg-window">
      {Array.from({ length: end - start }, (_, offset) => start + offset).map((index) => (
        <TimelineRow
          key={rowId(rows, index)}
          index={index}
          rows={rows}
          focus={focus}
          isTabStop={tabStop === rowId(rows, index)}
          isMarked={marked === rowId(rows, index)}
          isUnreadStart={snapshot.unreadFrom === rowId(rows, index)}
          hasOlder={snapshot.older.kind !== 'end'}
          outbox={outbox}
        />
      ))}
    </div>
  )
}

function ToEnd({ unseen, onClick }: { unseen: number; onClick: () => void }): React.ReactNode {
  const count = unseen > 999 ? 'More than 999' : String(unseen)
  return (
    <button type="button" className="msg-pill" data-new={unseen > 0} onClick={onClick}>
      <Icon name="down" />
      {unseen === 0 ? 'Newest' : `${count} new message${unseen === 1 ? '' : 's'}`}
    </button>
  )
}
