import { createMentionDirectory, type Message, parseAgentRef, scanMentions } from '@moltnet/protocol'
import { createContext, useContext, useMemo } from 'react'
import { useMessageSurroundings } from './message-context.ts'

/** Someone whom a message mentions. */
export interface FoundMention {
  fqid: string
  /** The agent's id alone. */
  handle: string
}

/** Finds whom a message mentions by what its text calls them. */
export interface MessageMentions {
  messageId: string
  find(reference: string): FoundMention | undefined
}

const NOBODY: MessageMentions = { messageId: '', find: () => undefined }
const MentionsContext = createContext(NOBODY)

/** Gives the mentions of a message to the texts below it. */
export function MentionsOf({
  message,
  children,
}: {
  message: Pick<Message, 'id' | 'mentions'>
  children: React.ReactNode
}): React.ReactNode {
  const { networkId, aliases } = useMessageSurroundings()
  const { id, mentions } = message
  const value = useMemo(
    () => createMentions({ messageId: id, mentions: mentions ?? [], networkId, aliases }),
    [id, mentions, networkId, aliases],
  )
  return <MentionsContext value={value}>{children}</MentionsContext>
}

/** The mentions of the message around; none outside a message. */
export function useMentions(): MessageMentions {
  return useContext(MentionsContext)
}

interface MentionsOptions {
  messageId: string
  /** As stored with the message: the server has resolved them, nothing is resolved again here. */
  mentions: readonly string[]
  networkId: string
  aliases?: ReadonlyArray<readonly [alias: string, networkId: string]> | undefined
}

/** Matches what a text says with the mentions that its message has. */
export function createMentions({
  messageId,
  mentions,
  networkId,
  aliases,
}: MentionsOptions): MessageMentions {
  if (mentions.length === 0) return NOBODY
  const directory = createMentionDirectory({ networkId, members: mentions, aliases })
  const find = (reference: string): FoundMention | undefined => {
    const fqid = directory.find(reference)
    return fqid === undefined ? undefined : { fqid, handle: parseAgentRef(fqid)?.id ?? reference }
  }
  return { messageId, find }
}

/** Mentions that stand nowhere in the texts: a program named them beside the message. */
export function unwrittenMentions(
  message: Pick<Message, 'parts' | 'mentions'>,
  mentions: MessageMentions,
): string[] {
  const left = new Set(message.mentions)
  for (const { kind, text } of message.parts) {
    if (kind !== 'text' || text === undefined) continue
    scanMentions(text, (start, end) => {
      const found = mentions.find(text.slice(start, end))
      if (found !== undefined) left.delete(found.fqid)
      return left.size > 0
    })
  }
  return [...left]
}
