import type { HttpClient } from '@moltnet/client'
import { type ConversationRef, conversationKey, type Message } from '@moltnet/protocol'
import { ConversationLog, type LoadMessages } from './conversation-log.ts'

type MessageLists = Pick<HttpClient, 'listRoomMessages' | 'listThreadMessages' | 'listDmMessages'>

/** How the messages of a conversation are loaded. */
export function loaderOf(client: MessageLists, { kind, id }: ConversationRef): LoadMessages {
  switch (kind) {
    case 'room':
      return (query) => client.listRoomMessages(id, query)
    case 'thread':
      return (query) => client.listThreadMessages(id, query)
    case 'dm':
      return (query) => client.listDmMessages(id, query)
  }
}

/** The logs of the conversations that were looked at, by their key. */
export class Conversations {
  readonly #client: MessageLists
  readonly #logs = new Map<string, ConversationLog>()

  constructor(client: MessageLists) {
    this.#client = client
  }

  /** The log of a conversation; always the same one. */
  log(conversation: ConversationRef): ConversationLog {
    const key = keyOf(conversation)
    const known = this.#logs.get(key)
    if (known !== undefined) return known
    const log = new ConversationLog(loaderOf(this.#client, conversation))
    this.#logs.set(key, log)
    return log
  }

  /** Hands messages of the event stream to the logs of their conversations. */
  append(messages: readonly Message[]): void {
    for (const [key, some] of Map.groupBy(messages, ({ target }) => conversationKey(target))) {
      this.#logs.get(key)?.append(some)
    }
  }

  /** Events were missed. */
  async catchUp(): Promise<void> {
    await Promise.all([...this.#logs.values()].map((log) => log.catchUp()))
  }
}

/** The key of a conversation, as `conversationKey` makes it from a target. */
export function keyOf({ kind, id }: ConversationRef): string {
  return `${kind}:${id}`
}
