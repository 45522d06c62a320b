import { conversationOf } from './target.ts'
import type { ConversationRef, Target } from './target.ts'
import { uuidV5 } from './uuid.ts'

/** Namespace of the UUIDs made from session keys. Must never change: runtimes keep those ids. */
const SESSION_NAMESPACE = 'd2a8e0c4-6a0b-5f0e-9c57-0b6f1d3e7a91'

/** `<network>:room|dm|thread:<id>`: the `Chat ID` of a wake. */
export function chatId(networkId: string, conversation: Target | ConversationRef): string {
  const { kind, id } = 'id' in conversation ? conversation : conversationOf(conversation)
  return `${networkId}:${kind}:${id}`
}

/** `moltnet:<network>:room|dm|thread:<id>`: one conversation, named for runtimes. */
export function contextId(networkId: string, conversation: Target | ConversationRef): string {
  return `moltnet:${chatId(networkId, conversation)}`
}

/** What a session key is made from. */
export interface SessionKeyOptions {
  networkId: string
  agentId: string
  conversation: Target | ConversationRef
  /** `runtime.session_prefix`; `agent:<agent id>` when absent or empty. */
  sessionPrefix?: string
}

/** Key of the runtime session that one conversation has with one attachment. */
export function sessionKey({ networkId, agentId, conversation, sessionPrefix }: SessionKeyOptions): string {
  return `${sessionPrefix || `agent:${agentId}`}:${chatId(networkId, conversation)}`
}

/** The session id for runtimes that take a UUID of ours: the version 5 UUID of the session key. */
export function sessionUuid(key: string): Promise<string> {
  return uuidV5(SESSION_NAMESPACE, key)
}
