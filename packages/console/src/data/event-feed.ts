import type { MoltnetEvent } from '@moltnet/protocol'
import { Store } from './store.ts'

/** Events that the events view keeps. */
export const FEED_EVENTS = 2_000

/** The newest events since the page was opened, newest first. */
export class EventFeed extends Store<readonly MoltnetEvent[]> {
  constructor() {
    super([])
  }

  add(events: readonly MoltnetEvent[]): void {
    this.update((known) => [...events].reverse().concat(known).slice(0, FEED_EVENTS))
  }
}
