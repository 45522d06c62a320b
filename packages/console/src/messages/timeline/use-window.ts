import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { TimelineSnapshot, TimelineSource } from '../timeline-source.ts'
import { type Alignment, ListWindow, type Range } from './list-window.ts'
import type { TimelineRows } from './rows.ts'

/** So many rows before the end of what is loaded, the next page is asked for. */
const LOAD_AHEAD = 30

interface WindowOptions {
  rows: TimelineRows
  snapshot: TimelineSnapshot
  source: TimelineSource
}

/** The part of the rows that is drawn, and how to move it. */
export interface TimelineWindow {
  range: Range
  isAtEnd: boolean
  scrollToRow(row: number, align: Alignment): void
  scrollToEnd(): void
  /** For the element that scrolls. */
  view: React.RefObject<HTMLDivElement | null>
  /** For the element in it that is as high as all rows. */
  list: React.RefObject<HTMLDivElement | null>
  /** For the element in that whose children are the drawn rows. */
  drawn: React.RefObject<HTMLDivElement | null>
  /** To be called before something in a row opens. */
  hold(): void
}

/**
 * Draws the rows around the view and keeps what the reader looks at in its place: at the end for a reader at
 * the end, else the row at the top of the view. Rows stand in the normal flow; what is above and below them is
 * empty room of the height that it likely has.
 */
export function useWindow({ rows, snapshot, source }: WindowOptions): TimelineWindow {
  const [model] = useState(() => new ListWindow())
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const view = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const drawn = useRef<HTMLDivElement>(null)
  // The model belongs to this component alone, and taking the same rows over twice changes nothing.
  model.sync(rows, snapshot.newer.kind === 'end')

  const place = useCallback(() => {
    if (view.current === null || list.current === null || drawn.current === null) return
    const wasAtEnd = model.isAtEnd
    layOut(model, { view: view.current, list: list.current, drawn: drawn.current })
    const isCovered = !model.cover()
    if (isCovered) model.settle()
    if (!isCovered || model.isAtEnd !== wasAtEnd) redraw()
  }, [model])
  useLayoutEffect(place)
  useEffect(() => follow({ model, view: view.current, drawn: drawn.current, place, redraw }), [model, place])
  useEffect(() => loadAhead(model.range, { rows, snapshot, source }))

  const moves = useMemo(
    () => ({
      scrollToRow(row: number, align: Alignment) {
        model.aim(row, align)
        redraw()
      },
      scrollToEnd() {
        model.aimAtEnd()
        redraw()
      },
      hold() {
        model.hold()
        // When it has opened, or turned out to open nothing.
        requestAnimationFrame(place)
      },
    }),
    [model, place],
  )
  return { range: model.range, isAtEnd: model.isAtEnd, view, list, drawn, ...moves }
}

interface Elements {
  view: HTMLDivElement
  list: HTMLDivElement
  drawn: HTMLDivElement
}

/** Measures the drawn rows and sets what follows from it, before anything is painted. */
function layOut(model: ListWindow, { view, list, drawn }: Elements): void {
  noteScroll(model, view)
  model.resize(view.clientHeight)
  model.measure(Array.from(drawn.children, (row) => row.getBoundingClientRect().height))
  list.style.height = `${model.height}px`
  drawn.style.top = `${model.top}px`
  const wanted = model.scrollTop
  if (Math.abs(view.scrollTop - wanted) >= 0.5) view.scrollTop = wanted
  model.placed(view.scrollTop)
}

/** Takes over where the reader has scrolled to. What was set here comes back as an event too, and is none. */
function noteScroll(model: ListWindow, view: HTMLDivElement): boolean {
  if (!hasScrolled(model, view)) return false
  model.scrolled(view.scrollTop)
  return true
}

function hasScrolled(model: ListWindow, view: HTMLDivElement): boolean {
  return Math.abs(view.scrollTop - model.lastScrollTop) >= 1
}

interface FollowOptions {
  model: ListWindow
  view: HTMLDivElement | null
  drawn: HTMLDivElement | null
  place: () => void
  redraw: () => void
}

/** Follows the reader's scrolling, and rows and views that change their size by themselves. */
function follow({ model, view, drawn, place, redraw }: FollowOptions): (() => void) | undefined {
  if (view === null || drawn === null) return undefined
  const onScroll = (): void => {
    const wasAtEnd = model.isAtEnd
    if (!noteScroll(model, view)) return
    // Before this frame is painted: otherwise a fast reader would see empty room.
    if (model.cover() || model.isAtEnd !== wasAtEnd) flushSync(redraw)
  }
  const observer = new ResizeObserver(() => {
    // A scroll that is not told of yet comes first, at the beginning of the next frame.
    if (hasScrolled(model, view)) requestAnimationFrame(place)
    else place()
  })
  observer.observe(view)
  observer.observe(drawn)
  view.addEventListener('scroll', onScroll, { passive: true })
  return () => {
    observer.disconnect()
    view.removeEventListener('scroll', onScroll)
  }
}

/** Asks for the next page when its edge is near. A page that failed is asked for by the viewer alone. */
function loadAhead({ start, end }: Range, { rows, snapshot, source }: WindowOptions): void {
  if (rows.count === 0) return
  if (snapshot.older.kind === 'more' && start < LOAD_AHEAD) source.loadOlder()
  if (snapshot.newer.kind === 'more' && end > rows.count - LOAD_AHEAD) source.loadNewer()
}
