import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { Outbox, OutgoingMessage } from '../outbox.ts'
import type { TimelineSnapshot, TimelineSource } from '../timeline-source.ts'
import { frameStore, type Store } from './frame-store.ts'
import { rowsOf, type TimelineRows } from './rows.ts'

const NOTHING: readonly OutgoingMessage[] = []
const NO_OUTBOX: Store<readonly OutgoingMessage[]> = {
  subscribe: () => () => undefined,
  getSnapshot: () => NOTHING,
}

/** The snapshot of a source, at most one a frame, and the rows that are made of it and of the outbox. */
export function useTimeline(
  source: TimelineSource,
  outbox: Outbox | undefined,
): { snapshot: TimelineSnapshot; rows: TimelineRows } {
  const frames = useMemo(() => frameStore<TimelineSnapshot>(source), [source])
  const snapshot = useSyncExternalStore(frames.subscribe, frames.getSnapshot)
  const outgoing = useOutgoing(outbox)
  useEffect(() => outbox?.settle((id) => source.has(id)), [outbox, source, snapshot, outgoing])
  const rows = useMemo(() => {
    // One frame may lie between a message in the log and the outbox that forgets it.
    const own = outgoing.filter(({ body }) => !source.has(body.id))
    return rowsOf(snapshot, own)
  }, [source, snapshot, outgoing])
  return { snapshot, rows }
}

function useOutgoing(outbox: Outbox | undefined): readonly OutgoingMessage[] {
  const store = outbox ?? NO_OUTBOX
  return useSyncExternalStore(store.subscribe, store.getSnapshot)
}
