import type { MessageId } from '@moltnet/protocol'

/**
 * Begins the ids of messages that operators made of held texts: an agent did not say them during a turn, and
 * the ledger must not take them for that.
 */
export const PUBLISHED_TEXT_PREFIX = 'msg_published_'

/**
 * The id of the message that a held text becomes. The same for every try; and since it depends on the text,
 * which nobody but observers knows, nobody can take it before.
 */
export function publishedTextId(wakeId: string, text: string): MessageId {
  const digest = new Bun.CryptoHasher('sha256').update(`${wakeId}\n${text}`).digest('hex')
  return `${PUBLISHED_TEXT_PREFIX}${digest.slice(0, 32)}` as MessageId
}
