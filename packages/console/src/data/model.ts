import type { HttpClient } from '@moltnet/client'
import type { MoltnetEvent, Network, Wake, WakeAction } from '@moltnet/protocol'
import type { QueryClient } from '@tanstack/react-query'
import { Drafts } from '../messages/composer/drafts.ts'
import { applyToLists, type ListChanges } from './apply-events.ts'
import { Conversations } from './conversations.ts'
import { EarlierEvents } from './earlier-events.ts'
import { EventFeed } from './event-feed.ts'
import { isWakeEvent } from './event-kinds.ts'
import { Ledger } from './ledger.ts'
import { Latency } from './latency.ts'
import { LiveStream } from './live-stream.ts'
import { Outboxes } from './outboxes.ts'
import { createQueries, KEYS, type Queries } from './queries.ts'
import { ReadMarks } from './read-marks.ts'
import { type Rights, rightsOf } from './rights.ts'
import { SpeakerStore } from './speaker.ts'
import { Store } from './store.ts'
import { throttled } from './ticker.ts'

/** How often lists that follow wakes are loaded again at most, in milliseconds. */
const WAKE_LISTS_MS = 1_500

/** Without an event stream everything is loaded again this often, in milliseconds. */
const POLL_MS = 5_000

/** Times at which events were missed. */
export interface Missed {
  /** Milliseconds since 1970. */
  at: number
}

/** What the page knows and follows: one for each network and session. */
export class ConsoleModel {
  readonly client: HttpClient
  readonly network: Network
  readonly rights: Rights
  readonly queries: Queries
  readonly cache: QueryClient
  readonly conversations: Conversations
  readonly ledger: Ledger
  readonly feed = new EventFeed()
  readonly earlier: EarlierEvents
  readonly marks: ReadMarks
  readonly speaker: SpeakerStore
  readonly outboxes: Outboxes
  readonly drafts: Drafts
  readonly stream: LiveStream
  readonly latency: Latency
  /** The server could not say what happened between two events. */
  readonly missed = new Store<Missed | undefined>(undefined)
  readonly #wakeListsLater: () => void
  readonly #agentsLater: () => void

  constructor(o: { client: HttpClient; network: Network; cache: QueryClient; storage: Storage }) {
    const { client, network, cache } = o
    this.client = client
    this.network = network
    this.rights = rightsOf(network)
    this.cache = cache
    this.queries = createQueries(client)
    this.conversations = new Conversations(client)
    this.ledger = new Ledger(client)
    this.earlier = new EarlierEvents(client.baseUrl, this.feed)
    this.marks = new ReadMarks(network.id, o.storage)
    this.speaker = new SpeakerStore(o.storage)
    this.outboxes = new Outboxes(client)
    this.drafts = new Drafts(network.id, o.storage)
    this.latency = new Latency(client)
    this.stream = new LiveStream({
      baseUrl: client.baseUrl,
      onEvents: (events) => this.#onEvents(events),
      onMissed: () => this.reload(),
    })
    this.#wakeListsLater = throttled(WAKE_LISTS_MS, () => {
      void cache.invalidateQueries({ queryKey: KEYS.inbox })
      void cache.invalidateQueries({ queryKey: KEYS.agentWakes() })
    })
    this.#agentsLater = throttled(WAKE_LISTS_MS, () => {
      void cache.invalidateQueries({ queryKey: KEYS.agents })
    })
  }

  /** Follows the network until the function that it gives is called. */
  start(): () => void {
    const stops = [this.latency.start(), this.#follow(), this.#shareMarks()]
    return () => {
      for (const stop of stops) stop()
    }
  }

  /** Loads everything that is shown again, once. */
  reload(): void {
    void this.cache.invalidateQueries()
    void this.conversations.catchUp()
    this.ledger.forget()
  }

  /** Acts on a wake; throws what the client throws. */
  async actOnWake(wakeId: string, action: WakeAction): Promise<Wake> {
    const wake = await this.client.operateWake(wakeId, action)
    this.ledger.set(wake)
    void this.cache.invalidateQueries({ queryKey: KEYS.inbox })
    return wake
  }

  /**
   * Takes a room that the viewer has removed off all lists, without waiting for its event. The rooms are loaded again
   * too: an answer that is under way could bring it back.
   */
  forgetRoom(roomId: string): void {
    this.#lists.rooms((rooms) => rooms.filter(({ id }) => id !== roomId))
    void this.cache.invalidateQueries({ queryKey: KEYS.rooms })
  }

  /** What was read is known to all pages of the browser, and to the next one. */
  #shareMarks(): () => void {
    const save = () => this.marks.save()
    const merge = () => this.marks.merge()
    addEventListener('pagehide', save)
    addEventListener('storage', merge)
    return () => {
      removeEventListener('pagehide', save)
      removeEventListener('storage', merge)
      save()
    }
  }

  #follow(): () => void {
    if (this.network.capabilities?.event_stream !== 'sse') {
      const timer = setInterval(() => this.reload(), POLL_MS)
      return () => clearInterval(timer)
    }
    this.stream.start()
    const unfollow = this.stream.followPage()
    return () => {
      unfollow()
      this.stream.stop()
    }
  }

  #onEvents(events: MoltnetEvent[]): void {
    this.feed.add(events)
    this.conversations.append(
      events.flatMap((event) => (event.type === 'message.created' ? event.message : [])),
    )
    for (const event of events) {
      applyToLists(event, this.#lists)
      if (event.type === 'stream.replay_gap') this.missed.set({ at: Date.parse(event.created_at) })
      if (event.type === 'room.members.updated' || event.type === 'room.created') this.#agentsLater()
      if (event.type === 'pairing.updated') this.#onPairing()
      if (isWakeEvent(event)) {
        this.ledger.apply(event.agent)
        this.#wakeListsLater()
      }
    }
  }

  /** What a pairing became also changes the warnings of the network. */
  #onPairing(): void {
    void this.cache.invalidateQueries({ queryKey: KEYS.pairings })
    void this.cache.invalidateQueries({ queryKey: KEYS.network })
  }

  readonly #lists: ListChanges = {
    rooms: (change) =>
      this.cache.setQueryData(this.queries.rooms.queryKey, (known) => known && [...change(known)]),
    agents: (change) =>
      this.cache.setQueryData(this.queries.agents.queryKey, (known) => known && [...change(known)]),
    dms: (change) =>
      this.cache.setQueryData(this.queries.dms.queryKey, (known) => known && [...change(known)]),
    threads: (roomId, change) =>
      this.cache.setQueryData(this.queries.threads(roomId).queryKey, (known) => known && [...change(known)]),
  }
}
