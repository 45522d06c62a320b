import type { MoltnetEvent } from '@moltnet/protocol'
import { Store } from './store.ts'

/** Events that the events view keeps. */
const FEED_EVENTS = 2_000

/** The newest events, newest first: those since the page was opened, and earlier ones when they were asked for. */
export class EventFeed extends Store<readonly MoltnetEvent[]> {
  constructor() {
    super([])
  }

  add(events: readonly MoltnetEvent[]): void {
    this.update((known) => [...events].reverse().concat(known).slice(0, FEED_EVENTS))
  }

  /** Events from before the oldest known one, oldest first. Those that came meanwhile are passed over. */
  addEarlier(events: readonly MoltnetEvent[]): void {
    this.update((known) => {
      const ids = new Set(known.map(({ id }): string => id))
      const earlier = events.filter(({ id }) => !ids.has(id)).reverse()
      return known.concat(earlier).slice(0, FEED_EVENTS)
    })
  }
}
