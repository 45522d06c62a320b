import type { Delivery, WakeAction } from '@moltnet/protocol'
import { createContext, useContext } from 'react'
import type { Lookup } from './lookup.ts'

/** What a message's summary line of its thread says. */
export interface ThreadSummary {
  threadId: string
  /** Messages in the thread, the parent not counted. */
  replies: number
  /** Time of the newest reply (RFC 3339). */
  lastAt?: string
}

/** An agent as messages show it. */
export interface AgentFace {
  /** Shown name; already one line. */
  name: string
  connected?: boolean
}

/**
 * What messages need to know about the network around them. The values must keep their identity while
 * nothing changed: every row reads them.
 */
export interface MessageSurroundings {
  /** Id of the network that serves this page. */
  networkId: string
  /** More names of networks that scoped mentions may use; see `pairingAliases` of the protocol. */
  aliases?: ReadonlyArray<readonly [alias: string, networkId: string]>
  /** By fully qualified agent id. */
  agents?: Lookup<AgentFace>
  /** By message id: what became of it for each agent. Undefined where the viewer may not see it. */
  deliveries?: Lookup<readonly Delivery[]>
  /** By id of the parent message. */
  threads?: Lookup<ThreadSummary>
  /** Where a `molt://` id is shown in this page; undefined when it has no page. */
  hrefOf?: (fqid: string) => string | undefined
  /** Deep link of a message. */
  hrefOfMessage?: (messageId: string) => string
  /** Opens the thread below a message; without it there is no thread button. */
  openThread?: (messageId: string) => void
  /** Acts on a wake and resolves when the server did; its rejection is shown. Undefined: the viewer may not. */
  actOnWake?: (wakeId: string, action: WakeAction) => Promise<void>
  /** Clock of "today" and "2 min ago", in milliseconds since 1970. Default `Date.now`. */
  now?: () => number
}

const MessageContext = createContext<MessageSurroundings | undefined>(undefined)

/** Gives the surroundings to the message components below it. */
export const MessageProvider = MessageContext.Provider

/** The surroundings; throws when a message component stands outside a {@link MessageProvider}. */
export function useMessageSurroundings(): MessageSurroundings {
  const value = useContext(MessageContext)
  if (value === undefined) throw new Error('message components need a MessageProvider above them')
  return value
}
