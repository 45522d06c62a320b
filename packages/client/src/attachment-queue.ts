import type { AttachmentItem } from './attachment-types.ts'
import { ATTACHMENT_LIMITS } from './limits.ts'

interface Waiting {
  item: AttachmentItem
  characters: number
}

/**
 * Items between the socket, which cannot be paused, and the consumer, which takes them when it likes. It
 * does not refuse an item; `isFull` tells the owner to stop the source.
 */
export class ItemQueue {
  #items: Waiting[] = []
  #takers: PromiseWithResolvers<IteratorResult<AttachmentItem, undefined>>[] = []
  readonly #cursors = new Set<string>()
  readonly #onTaken: () => void
  #characters = 0
  #holds = 0
  #ended = false
  #failure: { error: unknown } | undefined

  /** `onTaken` is called after the consumer took an item. */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken
  }

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  get isFull(): boolean {
    return (
      this.#items.length >= ATTACHMENT_LIMITS.queueItems ||
      this.#characters >= ATTACHMENT_LIMITS.queueCharacters
    )
  }

  /** Whether an event waits to be taken. */
  has(cursor: string): boolean {
    return this.#cursors.has(cursor)
  }

  /** `characters` is the size of the frame behind the item. */
  push(item: AttachmentItem, characters = 0): void {
    if (this.#ended) return
    this.#items.push({ item, characters })
    this.#characters += characters
    if (item.type === 'event') this.#cursors.add(item.frame.cursor)
    this.#serve()
  }

  /** Takes back the events that nobody has taken yet. */
  dropEvents(): void {
    this.#items = this.#items.filter(({ item }) => item.type !== 'event')
    this.#characters = 0
    this.#cursors.clear()
  }

  /** Nothing is handed out until the matching `release`. */
  hold(): void {
    this.#holds += 1
  }

  release(): void {
    this.#holds = Math.max(0, this.#holds - 1)
    this.#serve()
  }

  /** No further items. What waits is still handed out, unless there is a failure or `discard`. */
  end(options: { discard: boolean; failure?: { error: unknown } }): void {
    if (this.#ended) return
    this.#ended = true
    this.#failure = options.failure
    if (options.discard) {
      this.#items = []
      this.#cursors.clear()
      this.#holds = 0
    }
    this.#serve()
  }

  /** The next item; rejects once with the failure, then says that it is over. */
  take(): Promise<IteratorResult<AttachmentItem, undefined>> {
    const taker = Promise.withResolvers<IteratorResult<AttachmentItem, undefined>>()
    this.#takers.push(taker)
    this.#serve()
    return taker.promise
  }

  #serve(): void {
    while (this.#takers.length > 0 && this.#holds === 0) {
      const next = this.#items.shift()
      if (next === undefined && !this.#ended) return
      const taker = this.#takers.shift()
      if (next !== undefined) {
        this.#characters -= next.characters
        if (next.item.type === 'event') this.#cursors.delete(next.item.frame.cursor)
        taker?.resolve({ done: false, value: next.item })
        this.#onTaken()
      } else if (this.#failure === undefined) {
        taker?.resolve({ done: true, value: undefined })
      } else {
        taker?.reject(this.#failure.error)
        this.#failure = undefined
      }
    }
  }
}
