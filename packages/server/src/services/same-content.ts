import { agentFqid, actorFqid, type CreateMessage, type Message } from '@moltnet/protocol'
import { agentKey } from '../domain/room.ts'

/**
 * Whether a request says the same as a stored message of its id: the same sender, place and parts. What a
 * request may leave out (a known thread's room, a known DM's participants) is then no difference.
 */
export function sameContent(stored: Message, body: CreateMessage, networkId: string): boolean {
  return (
    stored.from.type === body.from.type &&
    actorFqid(stored.from, stored.network_id) === claimedFqid(body, networkId) &&
    sameTarget(stored, body, networkId) &&
    Bun.deepEquals(stored.parts, body.parts)
  )
}

/** The sender that a request names by its id, whatever else it claims. */
export function claimedFqid({ from }: CreateMessage, networkId: string): string {
  return agentFqid(from.id, from.network_id ?? networkId) ?? from.id
}

function sameTarget({ target, from }: Message, { target: claim }: CreateMessage, networkId: string): boolean {
  switch (target.kind) {
    case 'room':
      return claim.kind === 'room' && claim.room_id === target.room_id
    case 'thread':
      return (
        claim.kind === 'thread' &&
        claim.thread_id === target.thread_id &&
        (claim.room_id ?? target.room_id) === target.room_id &&
        claim.parent_message_id === target.parent_message_id
      )
    case 'dm': {
      if (claim.kind !== 'dm' || claim.dm_id !== target.dm_id) return false
      if (claim.participant_ids === undefined) return true
      const sender = actorFqid(from, networkId)
      return sameAgents(target.participant_ids, [...claim.participant_ids, sender], networkId)
    }
  }
}

/** Whether two lists name the same agents, whatever the notations and the order. */
export function sameAgents(left: readonly string[], right: readonly string[], networkId: string): boolean {
  const a = new Set(left.map((id) => agentKey(id, networkId)))
  const b = new Set(right.map((id) => agentKey(id, networkId)))
  return a.size === b.size && a.isSubsetOf(b)
}
