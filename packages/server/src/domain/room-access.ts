import { parseAgentRef } from '@moltnet/protocol'
import type { RoomAccess } from '@moltnet/protocol'
import { decide } from './access.ts'
import type { AccessContext, RoomFacts, SenderFacts } from './access.ts'
import { boundAgent, hasScope } from './principal.ts'
import type { Principal } from './principal.ts'

/** The `access` key of a room: what the asking credential may do with it. */
export function roomAccess(context: AccessContext, principal: Principal, room: RoomFacts): RoomAccess {
  const visibility = room.visibility === 'public' ? 'public-read' : 'private'
  return {
    can_read: decide(context, principal, 'read', { kind: 'room', room }).allow,
    can_write: canWrite(context, principal, room),
    reason: `${visibility}/${room.writePolicy}-write`,
  }
}

/** Whether the credential has a sender whose message the room would take. */
function canWrite(context: AccessContext, principal: Principal, room: RoomFacts): boolean {
  if (!decide(context, principal, 'send', { kind: 'messages' }).allow) return false
  for (const sender of senders(context, principal, room)) {
    if (!decide(context, principal, 'send', { kind: 'message', target: 'room', from: sender.type }).allow)
      continue
    if (decide(context, principal, 'write', { kind: 'room_message', room, sender }).allow) return true
  }
  return false
}

/** Senders that the credential may be, the most capable ones first; members stand for any agent. */
function* senders(context: AccessContext, principal: Principal, room: RoomFacts): Generator<SenderFacts> {
  const agent = boundAgent(principal)
  if (agent !== null) yield { type: 'agent', id: agent }
  if (principal.kind === 'agent' || principal.kind === 'anonymous') return
  if (hasScope(principal, 'write')) yield { type: 'human', id: 'human' }
  const listed = principal.kind === 'token' ? principal.agents : null
  if (listed !== null) {
    for (const id of listed) yield { type: 'agent', id }
    return
  }
  for (const member of room.members)
    if (maySpeakAs(context, principal, member)) yield { type: 'agent', id: member }
}

function maySpeakAs(context: AccessContext, principal: Principal, member: string): boolean {
  const ref = parseAgentRef(member)
  if (ref === undefined) return false
  if (ref.network === undefined || ref.network === context.networkId)
    return hasScope(principal, 'write') && !context.reservedAgentIds.has(ref.id)
  if (!hasScope(principal, 'pair')) return false
  return principal.kind !== 'token' || principal.network === null || principal.network === ref.network
}
