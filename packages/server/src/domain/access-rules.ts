import type { Scope } from '@moltnet/protocol'
import type { Decision, Resource, RoomFacts } from './access.ts'
import { attachmentRule, registrationRule } from './claim-rules.ts'
import { eventRule } from './event-rules.ts'
import { boundAgent, hasScope, isObserver } from './principal.ts'
import { ALLOW, isParticipant, refuse, requireScope } from './rule.ts'
import type { Caller, Rule } from './rule.ts'
import { dmMessageRule, messageRule, messagesRule, roomMessageRule } from './write-rules.ts'

/** {@link requireScope} on a route that everybody may read when `public_read` is on. */
function publicOr(caller: Caller, scopes: readonly Scope[]): Decision {
  return caller.context.publicRead ? ALLOW : requireScope(caller, scopes)
}

const OBSERVERS: readonly Scope[] = ['observe', 'admin']
const ADMIN: readonly Scope[] = ['admin']

function roomRule(caller: Caller, room: RoomFacts | undefined, publicRead: boolean): Decision {
  const agent = boundAgent(caller.principal)
  const sees = isObserver(caller.principal) || agent !== null || publicRead
  if (!sees) return requireScope(caller, OBSERVERS)
  if (room === undefined) return refuse('not_found', 'no such room')
  if (isObserver(caller.principal)) return ALLOW
  if (publicRead && room.visibility === 'public') return ALLOW
  if (agent !== null && (room.visibility === 'public' || room.hasAgent(agent))) return ALLOW
  return refuse('forbidden', 'this room is private')
}

const room: Rule<'room'> = (caller, resource, action) => {
  if (action === 'read') return roomRule(caller, resource.room, caller.context.publicRead)
  const decision = requireScope(caller, ADMIN)
  if (!decision.allow || resource.room !== undefined) return decision
  return refuse('not_found', 'no such room')
}

/** Direct messages that are switched off are refused to every credential that could see them. */
function dmsRule(caller: Caller): Decision {
  const decision = boundAgent(caller.principal) === null ? requireScope(caller, OBSERVERS) : ALLOW
  if (!decision.allow || caller.context.directMessages) return decision
  return refuse('forbidden', 'direct messages are switched off on this network')
}

const dm: Rule<'dm'> = (caller, { participants }) => {
  const decision = dmsRule(caller)
  if (!decision.allow) return decision
  if (participants === undefined) return refuse('not_found', 'no such direct conversation')
  if (isObserver(caller.principal)) return ALLOW
  const agent = boundAgent(caller.principal)
  if (agent !== null && isParticipant(participants, agent, caller.context.networkId)) return ALLOW
  return refuse('forbidden', 'only its participants and observers may read this direct conversation')
}

const agent: Rule<'agent'> = (caller, resource, action) => {
  if (action !== 'read') {
    const decision = requireScope(caller, ADMIN)
    if (!decision.allow || resource.agent !== undefined) return decision
    return refuse('not_found', 'no such agent')
  }
  const self = boundAgent(caller.principal)
  const observer = isObserver(caller.principal)
  const { publicRead } = caller.context
  if (!observer && self === null && !publicRead) return requireScope(caller, OBSERVERS)
  const facts = resource.agent
  if (facts === undefined) return refuse('not_found', 'no such agent')
  if (observer || facts.agentId === self || (publicRead && facts.registered)) return ALLOW
  for (const shared of facts.rooms) if (roomRule(caller, shared, publicRead).allow) return ALLOW
  return refuse('not_found', 'no such agent')
}

const agentWakes: Rule<'agent_wakes'> = (caller, { agentId }) => {
  const own = boundAgent(caller.principal)
  if (isObserver(caller.principal) || own === agentId) return ALLOW
  return own === null
    ? requireScope(caller, OBSERVERS)
    : refuse('forbidden', 'these wakes are of another agent')
}

/** An operator is who may administrate, or who sees everything and speaks as a human. */
const wakes: Rule<'wakes'> = (caller, _wakes, action) => {
  if (action === 'read') return requireScope(caller, OBSERVERS)
  const { principal } = caller
  const speaks = principal.kind === 'token' && hasScope(principal, 'observe') && hasScope(principal, 'write')
  return speaks ? ALLOW : requireScope(caller, ADMIN)
}

/** One rule a kind of resource. */
export const RULES: { readonly [K in Resource['kind']]: Rule<K> } = {
  network: (caller) => publicOr(caller, ['observe', 'admin', 'pair', 'attach']),
  metrics: (caller) => requireScope(caller, ADMIN),
  discovery: (caller) => publicOr(caller, OBSERVERS),
  skill: (caller) => publicOr(caller, ['observe', 'write', 'admin', 'attach']),
  console: (caller) => publicOr(caller, OBSERVERS),
  pairings: (caller) => requireScope(caller, OBSERVERS),
  configuration: (caller) => requireScope(caller, ADMIN),
  rooms: (caller, _rooms, action) => (action === 'create' ? requireScope(caller, ADMIN) : listRule(caller)),
  room,
  artifacts: (caller) => (boundAgent(caller.principal) === null ? requireScope(caller, OBSERVERS) : ALLOW),
  room_artifacts: (caller, resource) => roomRule(caller, resource.room, false),
  dms: dmsRule,
  dm,
  agents: (caller) => listRule(caller),
  agent,
  registration: registrationRule,
  attachment: attachmentRule,
  messages: messagesRule,
  message: messageRule,
  room_message: roomMessageRule,
  dm_message: dmMessageRule,
  deliveries: (caller) => (boundAgent(caller.principal) === null ? requireScope(caller, OBSERVERS) : ALLOW),
  agent_wakes: agentWakes,
  wakes,
  stream: (caller) => publicOr(caller, OBSERVERS),
  event: eventRule,
}

function listRule(caller: Caller): Decision {
  return boundAgent(caller.principal) === null ? publicOr(caller, ['observe', 'admin', 'pair']) : ALLOW
}
