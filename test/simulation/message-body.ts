import type { MessageBody } from '@moltnet/client'
import { CreateMessage } from '@moltnet/protocol'
import type { Written } from './history.ts'

/** The request that posts a message. */
export function messageBody(
  { id, from, target, mentions, text }: Written,
  type: 'agent' | 'human',
): MessageBody {
  return CreateMessage.parse({
    id,
    target,
    from: { type, id: from },
    parts: [{ kind: 'text', text }],
    ...(mentions.length > 0 && { mentions }),
  })
}
