import type { Message } from '@moltnet/protocol'
import type { TimelineEdge, TimelineSnapshot, TimelineSource } from '../../src/messages/timeline-source.ts'

interface MemorySourceOptions {
  history: Message[]
  /** Messages of one page. */
  page: number
  /** Messages that are loaded at first, from the end. */
  loaded?: number
  unreadFrom?: string
  /** The loads of a page fail while this is true. */
  isFailing?: () => boolean
}

/** A conversation in memory that is loaded in pages, each in a task of its own, as if it came from a server. */
export class MemorySource implements TimelineSource {
  readonly #options: MemorySourceOptions
  readonly #listeners = new Set<() => void>()
  readonly #ids = new Set<string>()
  #from: number
  #to: number
  #snapshot: TimelineSnapshot
  #isStale = false

  constructor(options: MemorySourceOptions) {
    this.#options = options
    this.#to = options.history.length
    this.#from = Math.max(0, this.#to - (options.loaded ?? options.page))
    this.#snapshot = this.#make()
    this.#noteIds()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  getSnapshot(): TimelineSnapshot {
    if (this.#isStale) this.#snapshot = this.#make()
    return this.#snapshot
  }

  has(messageId: string): boolean {
    return this.#ids.has(messageId)
  }

  loadOlder(): void {
    const { kind } = this.#snapshot.older
    if (kind !== 'more' && kind !== 'failed') return
    this.#load('older', () => {
      this.#from = Math.max(0, this.#from - this.#options.page)
    })
  }

  loadNewer(): void {
    const { kind } = this.#snapshot.newer
    if (kind !== 'more' && kind !== 'failed') return
    this.#load('newer', () => {
      this.#to = Math.min(this.#options.history.length, this.#to + this.#options.page)
    })
  }

  async loadAround(messageId: string): Promise<boolean> {
    const at = this.#options.history.findIndex(({ id }) => id === messageId)
    if (at < 0) return false
    await nextTask()
    this.#from = Math.max(0, at - this.#options.page)
    this.#to = Math.min(this.#options.history.length, at + this.#options.page)
    this.#show()
    return true
  }

  async loadNewest(): Promise<void> {
    await nextTask()
    this.#to = this.#options.history.length
    this.#from = Math.max(0, this.#to - this.#options.page)
    this.#show()
  }

  /** A new message of the conversation; shown when the stretch is live. */
  push(message: Message): void {
    const isLive = this.#to === this.#options.history.length
    this.#options.history.push(message)
    if (!isLive) {
      this.#change({ ...this.getSnapshot(), newer: { kind: 'more' } })
      return
    }
    this.#to += 1
    this.#ids.add(message.id)
    // Copied when somebody looks: a hundred messages between two looks are copied once.
    this.#isStale = true
    this.#tell()
  }

  #load(edge: 'older' | 'newer', move: () => void): void {
    this.#change({ ...this.getSnapshot(), [edge]: { kind: 'loading' } })
    void nextTask().then(() => {
      if (this.#options.isFailing?.()) {
        const failed: TimelineEdge = { kind: 'failed', message: 'The server did not answer.' }
        this.#change({ ...this.getSnapshot(), [edge]: failed })
        return
      }
      move()
      this.#show()
    })
  }

  #make(): TimelineSnapshot {
    const { history, unreadFrom } = this.#options
    const messages = history.slice(this.#from, this.#to)
    this.#isStale = false
    return {
      messages,
      older: { kind: this.#from === 0 ? 'end' : 'more' },
      newer: { kind: this.#to === history.length ? 'end' : 'more' },
      unreadFrom,
    }
  }

  /** Shows another stretch. */
  #show(): void {
    this.#noteIds()
    this.#change(this.#make())
  }

  #noteIds(): void {
    this.#ids.clear()
    for (let at = this.#from; at < this.#to; at += 1) this.#ids.add(this.#options.history[at]?.id ?? '')
  }

  #change(snapshot: TimelineSnapshot): void {
    this.#snapshot = snapshot
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
