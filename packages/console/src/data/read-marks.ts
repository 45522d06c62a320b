import { type Message, parseTime } from '@moltnet/protocol'
import { KeyedListeners } from './keyed-listeners.ts'
import { throttled } from './ticker.ts'

/** Where the marks are kept: `localStorage`, or anything like it. */
export type MarkStorage = Pick<Storage, 'getItem' | 'setItem'>

/** A conversation's unread messages as far as they are known. */
export interface Unread {
  count: number
  /** True: there are more than the known messages. */
  more: boolean
  /** The first of them. */
  from: string | undefined
}

const NONE: Unread = { count: 0, more: false, from: undefined }

/** Marks move with every message that comes, and are kept at most this often, in milliseconds. */
const SAVE_MS = 1_000

/** Marks that are kept; the oldest go first. */
const MARKS = 2_000

/**
 * How far each conversation was read in this browser. The server keeps no marks for people. What was there
 * before the console was opened for the first time counts as read.
 */
export class ReadMarks {
  readonly #key: string
  readonly #storage: MarkStorage
  readonly #listeners = new KeyedListeners()
  readonly #since: string
  readonly #saveSoon = throttled(SAVE_MS, () => this.save())
  readonly #marks: Map<string, string>

  constructor(networkId: string, storage: MarkStorage) {
    this.#key = `moltnet.read.${networkId}`
    this.#storage = storage
    const kept = readKept(storage, this.#key)
    this.#since = kept?.since ?? new Date().toISOString()
    this.#marks = new Map(kept?.marks)
    if (kept === undefined) this.save()
  }

  /** Calls `listener` when the mark of a conversation moved. */
  subscribe(conversation: string, listener: () => void): () => void {
    return this.#listeners.add(conversation, listener)
  }

  /** Everything up to this message has been seen. A mark never moves back. */
  markRead(conversation: string, { created_at: at }: Pick<Message, 'created_at'>): void {
    if (this.#move(conversation, at)) this.#saveSoon()
  }

  /** Takes over what other pages of this browser have read meanwhile. */
  merge(): void {
    for (const [conversation, at] of readKept(this.#storage, this.#key)?.marks ?? []) {
      this.#move(conversation, at)
    }
  }

  #move(conversation: string, at: string): boolean {
    if (!isAfter(at, this.#markOf(conversation))) return false
    this.#marks.delete(conversation)
    this.#marks.set(conversation, at)
    this.#listeners.notify(conversation)
    return true
  }

  /** The unread ones of a stretch that ends with the newest message; those that `isOwn` names count as read. */
  unreadOf(
    conversation: string,
    stretch: { messages: readonly Message[]; hasOlder: boolean },
    isOwn: (message: Message) => boolean,
  ): Unread {
    const mark = this.#markOf(conversation)
    const { messages } = stretch
    let count = 0
    let from: string | undefined
    for (let at = messages.length - 1; at >= 0; at--) {
      const message = messages[at] as Message
      if (!isAfter(message.created_at, mark)) return count === 0 ? NONE : { count, more: false, from }
      if (isOwn(message)) continue
      count += 1
      from = message.id
    }
    return count === 0 ? NONE : { count, more: stretch.hasOlder, from }
  }

  #markOf(conversation: string): string {
    return this.#marks.get(conversation) ?? this.#since
  }

  /** Keeps the marks now; a page that is left has no later. */
  save(): void {
    this.merge()
    const marks = [...this.#marks].slice(-MARKS)
    try {
      this.#storage.setItem(this.#key, JSON.stringify({ since: this.#since, marks }))
    } catch {
      // Full, or forbidden by the browser: then the marks last as long as the page.
    }
  }
}

function isAfter(time: string, mark: string): boolean {
  return (parseTime(time) ?? 0n) > (parseTime(mark) ?? 0n)
}

function readKept(
  storage: MarkStorage,
  key: string,
): { since: string; marks: [string, string][] } | undefined {
  try {
    const value: unknown = JSON.parse(storage.getItem(key) ?? 'null')
    if (typeof value !== 'object' || value === null) return undefined
    const { since, marks } = value as Record<string, unknown>
    if (typeof since !== 'string' || !Array.isArray(marks)) return undefined
    const pairs = marks.filter(
      (mark): mark is [string, string] =>
        Array.isArray(mark) && mark.length === 2 && mark.every((part) => typeof part === 'string'),
    )
    return { since, marks: pairs }
  } catch {
    return undefined
  }
}
