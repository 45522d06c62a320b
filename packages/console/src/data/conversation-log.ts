import type { ListQuery } from '@moltnet/client'
import type { Message, MessagePage } from '@moltnet/protocol'
import { sayError } from '../messages/outbox.ts'
import type { TimelineEdge, TimelineSnapshot, TimelineSource } from '../messages/timeline-source.ts'
import { pageAround } from './page-around.ts'

/** Loads a page of one conversation. */
export type LoadMessages = (query: ListQuery) => Promise<MessagePage>

/** Bounds of what a page loads and keeps, in messages. */
export const LOG_LIMITS = {
  /** First page of a conversation; also what the list of rooms counts unread messages in. */
  newest: 50,
  /** A page of history. */
  page: 200,
  /** On each side of a message that was jumped to. */
  around: 50,
  /** What is kept of a conversation that nobody looks at. */
  unwatched: 200,
  /** A conversation that missed more than this starts again from its newest page. */
  missed: 2_000,
} as const

const END: TimelineEdge = { kind: 'end' }
const MORE: TimelineEdge = { kind: 'more' }
const LOADING: TimelineEdge = { kind: 'loading' }

/**
 * One stretch of a conversation without holes. It is live while nothing is known to lie after it: then the
 * messages of the event stream are appended. While a load is under way that may end at the newest message,
 * they wait, because the answer may have been made before them.
 */
export class ConversationLog implements TimelineSource {
  readonly #load: LoadMessages
  /** Who reads the history; it is kept for them. */
  readonly #readers = new Set<() => void>()
  /** Who only follows what comes. */
  readonly #followers = new Set<() => void>()
  #snapshot: TimelineSnapshot = { messages: [], older: LOADING, newer: END }
  #ids = new Set<string>()
  /** Came while a load was under way that may end at the newest message. */
  #waiting: Message[] = []
  #tailLoads = 0
  /** Rises when the stretch is replaced: pages of an older one are thrown away. */
  #stretch = 0
  /** Rises when a new stretch is asked for: only the last one asked for is taken. */
  #asked = 0
  #begun: Promise<void> | undefined
  #isLoaded = false

  constructor(load: LoadMessages) {
    this.#load = load
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#readers.add(listener)
    return () => {
      this.#readers.delete(listener)
      this.#shrink(LOG_LIMITS.unwatched)
    }
  }

  /** Calls `listener` after each change, without keeping the history for it. */
  follow(listener: () => void): () => void {
    this.#followers.add(listener)
    return () => this.#followers.delete(listener)
  }

  readonly getSnapshot = (): TimelineSnapshot => this.#snapshot

  /** False as long as nothing is known of the conversation. */
  get isLoaded(): boolean {
    return this.#isLoaded
  }

  has(messageId: string): boolean {
    return this.#ids.has(messageId)
  }

  /** Loads the newest page the first time; later calls do nothing unless that failed. */
  begin(): Promise<void> {
    if (this.#isLoaded) return Promise.resolve()
    this.#begun ??= this.loadNewest().finally(() => {
      this.#begun = undefined
    })
    return this.#begun
  }

  /** The conversation does not exist yet: it is live, and its first message comes by the stream. */
  beginEmpty(): void {
    if (this.#isLoaded || this.#begun !== undefined) return
    this.#isLoaded = true
    this.#snapshot = { ...this.#snapshot, older: END }
  }

  /** A message of the stretch. */
  find(messageId: string): Message | undefined {
    return this.has(messageId) ? this.#snapshot.messages.find(({ id }) => id === messageId) : undefined
  }

  /** Adds messages of the event stream, in their order. Those that are known already are passed over. */
  append(messages: readonly Message[]): void {
    if (this.#tailLoads > 0) this.#waiting.push(...messages)
    if (this.#isLive && this.#add(messages, 'after')) this.#emit({})
  }

  /** The line above the first unread message; undefined takes it away. */
  markUnreadFrom(messageId: string | undefined): void {
    if (this.#snapshot.unreadFrom !== messageId) this.#emit({ unreadFrom: messageId })
  }

  loadOlder(): void {
    const { older, messages } = this.#snapshot
    if (older.kind !== 'more' && older.kind !== 'failed') return
    const first = messages[0]
    if (first === undefined || !this.#isLoaded) return void this.begin()
    void this.#page({ older: LOADING }, { before: first.id, limit: LOG_LIMITS.page })
  }

  loadNewer(): void {
    const { newer, messages } = this.#snapshot
    if (newer.kind !== 'more' && newer.kind !== 'failed') return
    const last = messages.at(-1)
    if (last === undefined) return
    void this.#tail(() => this.#page({ newer: LOADING }, { after: last.id, limit: LOG_LIMITS.page }))
  }

  async loadAround(messageId: string): Promise<boolean> {
    if (this.has(messageId)) return true
    return this.#tail(() => this.#around(messageId))
  }

  async loadNewest(): Promise<void> {
    if (!this.#isLive || this.#snapshot.messages.length === 0) await this.#tail(() => this.#newest())
  }

  /** Events were missed: loads what came after the newest known message, or what could not be loaded before. */
  async catchUp(): Promise<void> {
    if (this.#isLive) await this.#tail(() => this.#missed())
    else if (!this.#isLoaded && this.#snapshot.older.kind === 'failed') await this.begin()
  }

  get #isLive(): boolean {
    return this.#isLoaded && this.#snapshot.newer.kind === 'end'
  }

  /** Runs a load that may end at the newest message. */
  async #tail<T>(load: () => Promise<T>): Promise<T> {
    this.#tailLoads += 1
    try {
      return await load()
    } finally {
      this.#tailLoads -= 1
      if (this.#tailLoads === 0) this.#waiting = []
    }
  }

  async #around(messageId: string): Promise<boolean> {
    const asked = ++this.#asked
    try {
      const page = await pageAround(this.#load, messageId, LOG_LIMITS.around)
      if (asked !== this.#asked) return this.has(messageId)
      if (page === undefined) return false
      this.#replace(page.messages, { older: page.hasOlder ? MORE : END, newer: page.hasNewer ? MORE : END })
      return true
    } catch {
      return false
    }
  }

  async #newest(): Promise<void> {
    const asked = ++this.#asked
    this.#emit(this.#isLoaded ? { newer: LOADING } : { older: LOADING })
    try {
      const { messages, page } = await this.#load({ limit: LOG_LIMITS.newest })
      if (asked !== this.#asked) return
      this.#replace(messages, { older: page.has_more ? MORE : END, newer: END })
    } catch (error) {
      if (asked !== this.#asked) return
      const failed: TimelineEdge = { kind: 'failed', message: sayError(error) }
      this.#emit(this.#isLoaded ? { newer: failed } : { older: failed, newer: END })
    }
  }

  async #missed(): Promise<void> {
    const stretch = this.#stretch
    this.#emit({ newer: LOADING })
    let after = this.#snapshot.messages.at(-1)?.id
    for (let missed = 0; missed < LOG_LIMITS.missed && after !== undefined; ) {
      try {
        const answer = await this.#load({ after, limit: LOG_LIMITS.page })
        if (stretch !== this.#stretch) return
        this.#add(answer.messages, 'after')
        if (!answer.page.has_more) return this.#goLive({})
        missed += answer.messages.length
        after = answer.messages.at(-1)?.id
      } catch {
        // The cursor may be unknown to a server with another history; the newest page says what is so.
        break
      }
    }
    if (stretch !== this.#stretch) return
    this.#isLoaded = false
    await this.#newest()
  }

  async #page(edge: Partial<TimelineSnapshot>, query: ListQuery): Promise<void> {
    const stretch = this.#stretch
    const side = query.before === undefined ? 'newer' : 'older'
    this.#emit(edge)
    try {
      const { messages, page } = await this.#load(query)
      if (stretch !== this.#stretch) return
      this.#add(messages, side === 'newer' ? 'after' : 'before')
      const next = page.has_more ? MORE : END
      if (side === 'newer' && next === END) this.#goLive({})
      else this.#emit({ [side]: next })
    } catch (error) {
      if (stretch === this.#stretch) this.#emit({ [side]: { kind: 'failed', message: sayError(error) } })
    }
  }

  #replace(messages: readonly Message[], edges: Pick<TimelineSnapshot, 'older' | 'newer'>): void {
    this.#isLoaded = true
    this.#stretch += 1
    this.#ids = new Set(messages.map(({ id }) => id))
    this.#snapshot = { ...this.#snapshot, messages, newer: LOADING }
    if (edges.newer.kind === 'end') this.#goLive(edges)
    else this.#emit(edges)
  }

  /** The stretch ends at the newest message again: what came meanwhile follows. */
  #goLive(edges: Partial<TimelineSnapshot>): void {
    this.#add(this.#waiting, 'after')
    this.#emit({ ...edges, newer: END })
  }

  /** Adds what is not known yet; says whether there was any. The caller makes the snapshot known. */
  #add(messages: readonly Message[], where: 'before' | 'after'): boolean {
    const added: Message[] = []
    for (const message of messages) {
      if (this.#ids.has(message.id)) continue
      this.#ids.add(message.id)
      added.push(message)
    }
    if (added.length === 0) return false
    const known = this.#snapshot.messages
    this.#snapshot = {
      ...this.#snapshot,
      messages: where === 'before' ? added.concat(known) : known.concat(added),
    }
    return true
  }

  /** Forgets old messages of a conversation that nobody looks at. */
  #shrink(most: number): void {
    const { messages } = this.#snapshot
    if (this.#readers.size > 0 || !this.#isLive || messages.length <= most) return
    this.#stretch += 1
    const kept = messages.slice(-LOG_LIMITS.unwatched)
    this.#ids = new Set(kept.map(({ id }) => id))
    this.#snapshot = { ...this.#snapshot, messages: kept, older: MORE }
  }

  #emit(change: Partial<TimelineSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change }
    // Not at every message: what is cut off is copied.
    this.#shrink(2 * LOG_LIMITS.unwatched)
    for (const listener of this.#readers) listener()
    for (const listener of this.#followers) listener()
  }
}
