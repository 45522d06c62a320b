import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { useCallback, useLayoutEffect, useRef } from 'react'
import type { TimelineSnapshot, TimelineSource } from '../timeline-source.ts'
import { estimateHeight, rowId, type TimelineRows } from './rows.ts'

/** Within this many CSS pixels of the end a reader counts as being there. */
export const END_THRESHOLD = 48
/** Room above the first row, where the state of older messages is said. */
const EDGE_HEIGHT = 56
/** Rows drawn beyond both edges of the view: half a screen of short ones. */
const OVERSCAN = 10
/** So many rows before the end of what is loaded, the next page is asked for. */
const LOAD_AHEAD = 30

export type TimelineWindow = Virtualizer<HTMLDivElement, HTMLDivElement>

interface WindowOptions {
  rows: TimelineRows
  snapshot: TimelineSnapshot
  source: TimelineSource
}

/**
 * The part of the rows that is drawn. A reader at the end stays there when messages come; everybody else keeps
 * what they look at where it is, whatever is added above or below.
 */
export function useWindow({ rows, snapshot, source }: WindowOptions): {
  window: TimelineWindow
  scrollElement: React.RefObject<HTMLDivElement | null>
} {
  const scrollElement = useRef<HTMLDivElement>(null)
  const isLive = snapshot.newer.kind === 'end'
  const getItemKey = useCallback((index: number) => rowId(rows, index), [rows])
  const window = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.count,
    getScrollElement: () => scrollElement.current,
    estimateSize: (index) => estimateHeight(rows, index),
    getItemKey,
    anchorTo: 'end',
    followOnAppend: isLive,
    scrollEndThreshold: END_THRESHOLD,
    paddingStart: EDGE_HEIGHT,
    paddingEnd: isLive ? 16 : EDGE_HEIGHT,
    overscan: OVERSCAN,
  })
  useLayoutEffect(() => loadAhead(window, { rows, snapshot, source }))
  return { window, scrollElement }
}

/** Asks for the next page when its edge is near. A page that failed is asked for by the viewer alone. */
function loadAhead(window: TimelineWindow, { rows, snapshot, source }: WindowOptions): void {
  const { range } = window
  if (range === null || rows.count === 0) return
  if (snapshot.older.kind === 'more' && range.startIndex < LOAD_AHEAD) source.loadOlder()
  if (snapshot.newer.kind === 'more' && range.endIndex > rows.count - LOAD_AHEAD) source.loadNewer()
}
