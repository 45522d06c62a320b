import type { ConversationRef } from '@moltnet/protocol'

/** What drafts need of a browser's storage. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/**
 * What was written and not sent, by conversation. Kept in the browser's storage where there is one and it has
 * room, so that it outlives the page; else as long as the page.
 */
export class Drafts {
  readonly #prefix: string
  readonly #storage: DraftStorage | undefined
  readonly #texts = new Map<string, string>()

  /** `networkId` keeps the drafts of networks apart that are served from one address. */
  constructor(networkId: string, storage?: DraftStorage) {
    this.#prefix = `moltnet.draft.${networkId}.`
    this.#storage = storage
  }

  read(conversation: ConversationRef): string {
    const key = this.#keyOf(conversation)
    return this.#texts.get(key) ?? this.#storage?.getItem(key) ?? ''
  }

  write(conversation: ConversationRef, text: string): void {
    const key = this.#keyOf(conversation)
    if (text === '') {
      this.#texts.delete(key)
      this.#storage?.removeItem(key)
      return
    }
    this.#texts.set(key, text)
    try {
      this.#storage?.setItem(key, text)
    } catch (error) {
      // No room: an older text must not come back in its place.
      if (!(error instanceof DOMException)) throw error
      this.#storage?.removeItem(key)
    }
  }

  #keyOf({ kind, id }: ConversationRef): string {
    return `${this.#prefix}${kind}:${id}`
  }
}
