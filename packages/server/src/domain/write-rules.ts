import { ALLOW, isParticipant, refuse, requireScope } from './rule.ts'
import type { Rule } from './rule.ts'
import { hasScope, isOverseer } from './principal.ts'

/** A credential that may send at all. */
export const messagesRule: Rule<'messages'> = (caller) => {
  const { principal } = caller
  // The seed's own attachment token carries `attach` alone and must be able to answer.
  if (principal.kind === 'token' && principal.agents !== null && principal.scopes.has('attach')) return ALLOW
  return requireScope(caller, ['write', 'pair'])
}

/** The switches of the configuration, for everybody. */
export const messageRule: Rule<'message'> = ({ context }, { target, from }) => {
  if (target === 'dm' && !context.directMessages)
    return refuse('forbidden', 'direct messages are switched off on this network')
  if (from === 'human' && !context.humanIngress)
    return refuse('forbidden', 'messages of humans are switched off on this network')
  return ALLOW
}

/** A room's write policy, for a sender that is settled. */
export const roomMessageRule: Rule<'room_message'> = ({ principal }, { room, sender }) => {
  if (room === undefined) return refuse('not_found', 'no such room')
  if (principal.kind === 'operator' || isOverseer(principal)) return ALLOW
  const staticWriter = principal.kind === 'token' && hasScope(principal, 'write')
  switch (room.writePolicy) {
    case 'operators':
      return staticWriter ? ALLOW : refuse('forbidden', 'only operators may write into this room')
    case 'members':
      if (room.hasAgent(sender.id) || (staticWriter && sender.type === 'human')) return ALLOW
      return refuse('forbidden', 'only members may write into this room')
    case 'registered_agents':
      if (room.hasAgent(sender.id)) return ALLOW
      if (principal.kind === 'agent' && sender.type === 'agent' && principal.agentId === sender.id)
        return ALLOW
      return refuse('forbidden', 'only members and agents with their own token may write into this room')
  }
}

/** Participants are fixed by the first message, for everybody: nobody joins a DM of others. */
export const dmMessageRule: Rule<'dm_message'> = ({ context }, { participants, sender }) => {
  if (participants === undefined || isParticipant(participants, sender.id, context.networkId)) return ALLOW
  return refuse('forbidden', 'only its participants may write into this direct conversation')
}
