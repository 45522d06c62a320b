import { openEventStream } from '@moltnet/client'
import type { MoltnetEvent } from '@moltnet/protocol'
import type { EventFeed } from './event-feed.ts'
import { Store } from './store.ts'

/** A cursor that no server knows: it answers with the newest events that it still has. */
const UNKNOWN_CURSOR = 'before-the-oldest'

/** When no event comes for this long, the server has given out what it has, in milliseconds. */
const QUIET_MS = 1_000

/** The events from before the page was opened, as far as the server still has them. */
export class EarlierEvents {
  readonly state = new Store<'unknown' | 'loading' | 'loaded' | 'failed'>('unknown')
  readonly #baseUrl: string
  readonly #feed: EventFeed

  constructor(baseUrl: string, feed: EventFeed) {
    this.#baseUrl = baseUrl
    this.#feed = feed
  }

  /** Reads them from a stream of its own, which ends when it has reached what is known. */
  async load(): Promise<void> {
    if (this.state.get() === 'loading') return
    this.state.set('loading')
    const end = new AbortController()
    const found: MoltnetEvent[] = []
    const known = new Set<string>(this.#feed.get().map(({ id }) => id))
    let quiet = setTimeout(() => end.abort(), QUIET_MS)
    try {
      const options = { baseUrl: this.#baseUrl, lastEventId: UNKNOWN_CURSOR, signal: end.signal }
      for await (const event of openEventStream(options)) {
        clearTimeout(quiet)
        if (known.has(event.id)) break
        quiet = setTimeout(() => end.abort(), QUIET_MS)
        if (event.type !== 'stream.replay_gap') found.push(event)
      }
      this.#feed.addEarlier(found)
      this.state.set('loaded')
    } catch {
      // The events of now still come; the viewer may ask again.
      this.state.set('failed')
    } finally {
      clearTimeout(quiet)
      end.abort()
    }
  }
}
