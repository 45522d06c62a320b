import { type HttpClient, sendUntilKnown } from '@moltnet/client'
import type { ConversationRef } from '@moltnet/protocol'
import { Outbox } from '../messages/outbox.ts'
import { keyOf } from './conversations.ts'

/** Messages on their way, by conversation. They outlive the view: leaving a room loses nothing. */
export class Outboxes {
  readonly #client: HttpClient
  readonly #outboxes = new Map<string, Outbox>()

  constructor(client: HttpClient) {
    this.#client = client
  }

  of(conversation: ConversationRef): Outbox {
    const key = keyOf(conversation)
    const known = this.#outboxes.get(key)
    if (known !== undefined) return known
    const outbox = new Outbox({ send: (body) => sendUntilKnown(this.#client, body) })
    this.#outboxes.set(key, outbox)
    return outbox
  }
}
