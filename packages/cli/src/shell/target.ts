import { type ConversationRef, isGenericId } from '@moltnet/protocol'
import { UsageError } from './failures.ts'

const KINDS = ['room', 'dm', 'thread'] as const

/** Reads `room:<id>`, `dm:<id>` or `thread:<id>`. */
export function parseTarget(text: string): ConversationRef {
  const colon = text.indexOf(':')
  const kind = KINDS.find((known) => known === text.slice(0, colon))
  const id = text.slice(colon + 1)
  if (kind === undefined || !isGenericId(id)) {
    throw new UsageError(`--target ${JSON.stringify(text)} is not room:<id>, dm:<id> or thread:<id>`)
  }
  return { kind, id }
}
