import type { HttpClient, ListQuery, MessageBody } from '@moltnet/client'
import { conversationKey, type Message, type MessagePage } from '@moltnet/protocol'
import { textOf } from '../../support/network.ts'
import { digest, type History, type Seen } from './history.ts'

/** A conversation that the harness writes to. */
export interface Conversation {
  /** `room:hall`, as `conversationKey` makes it. */
  readonly key: string
  readonly target: MessageBody['target']
  /** Members that a mention may name. */
  readonly agents: readonly string[]
}

/** A room of the test server. */
export function room(id: string, agents: readonly string[] = []): Conversation {
  return { key: `room:${id}`, target: { kind: 'room', room_id: id }, agents }
}

/** A thread of a room; its first message creates it. */
export function thread(roomId: string, id: string): Conversation {
  return { key: `thread:${id}`, target: { kind: 'thread', room_id: roomId, thread_id: id }, agents: [] }
}

/** A direct conversation between the writers and an agent; its first message creates it. */
export function dm(id: string, agent: string): Conversation {
  return {
    key: `dm:${id}`,
    target: { kind: 'dm', dm_id: id, participant_ids: [WRITER, agent] },
    agents: [],
  }
}

/** The human in whose name all writers post. */
export const WRITER = 'maya'

/** A message as the history notes it. */
export function seenOf(message: Message): Seen & { readonly conversation: string } {
  return { id: message.id, text: digest(textOf(message)), conversation: conversationKey(message.target) }
}

/** A part of a conversation's history. */
export function pageOf(client: HttpClient, { target }: Conversation, query: ListQuery): Promise<MessagePage> {
  switch (target.kind) {
    case 'room':
      return client.listRoomMessages(target.room_id, query)
    case 'thread':
      return client.listThreadMessages(target.thread_id, query)
    case 'dm':
      return client.listDmMessages(target.dm_id, query)
  }
}

/** Walks through the whole history of a conversation, newest page first, and notes it. */
export async function walk(
  client: HttpClient,
  conversation: Conversation,
  { history, pageSize }: { history: History; pageSize: number },
): Promise<void> {
  const begun = history.entries.length
  const messages: Seen[] = []
  let before: string | undefined
  do {
    const page = await pageOf(client, conversation, { limit: pageSize, ...(before && { before }) })
    messages.unshift(...page.messages.map(plain))
    before = page.page.has_more ? page.page.next_before : undefined
  } while (before !== undefined)
  history.add({ op: 'walk', conversation: conversation.key, begun, messages })
}

function plain(message: Message): Seen {
  const { id, text } = seenOf(message)
  return { id, text }
}
