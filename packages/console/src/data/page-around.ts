import { HttpError } from '@moltnet/client'
import type { Message } from '@moltnet/protocol'
import type { LoadMessages } from './conversation-log.ts'

/** A stretch that holds a certain message. */
export interface PageAround {
  messages: Message[]
  hasOlder: boolean
  hasNewer: boolean
}

/**
 * The messages around one, `count` on each side. Lists are asked by what lies before or after an item, so it
 * takes two or three questions. Undefined when the conversation has no such message.
 */
export async function pageAround(
  load: LoadMessages,
  messageId: string,
  count: number,
): Promise<PageAround | undefined> {
  try {
    const older = await load({ before: messageId, limit: count })
    const last = older.messages.at(-1)
    if (last === undefined) return await pageFromFirst(load, messageId, count)
    const newer = await load({ after: last.id, limit: count + 1 })
    return {
      messages: [...older.messages, ...newer.messages],
      hasOlder: older.page.has_more,
      hasNewer: newer.page.has_more,
    }
  } catch (error) {
    if (error instanceof HttpError && UNKNOWN_CURSOR.has(error.status)) return undefined
    throw error
  }
}

/** How a server answers a cursor that is no message of the conversation. */
const UNKNOWN_CURSOR: ReadonlySet<number> = new Set([400, 404, 422])

/** Nothing lies before the message: what follows it has it as what lies before. */
async function pageFromFirst(load: LoadMessages, messageId: string, count: number): Promise<PageAround> {
  const newer = await load({ after: messageId, limit: count })
  const next = newer.messages[0]
  const first = next === undefined ? await load({ limit: 1 }) : await load({ before: next.id, limit: 1 })
  return {
    messages: [...first.messages, ...newer.messages],
    hasOlder: false,
    hasNewer: newer.page.has_more,
  }
}

/** One message of a conversation; undefined when it has no such message. */
export async function oneMessage(load: LoadMessages, messageId: string): Promise<Message | undefined> {
  const around = await pageAround(load, messageId, 1)
  return around?.messages.find(({ id }) => id === messageId)
}
