import type { EventType } from '@moltnet/protocol'
import { ALLOW, isParticipant, refuse } from './rule.ts'
import type { Caller, Rule } from './rule.ts'
import type { Decision, EventFacts, RoomFacts } from './access.ts'
import { isObserver } from './principal.ts'

/** What the public stream carries, of public rooms only. */
const PUBLIC_EVENTS: ReadonlySet<EventType> = new Set<EventType>([
  'message.created',
  'room.created',
  'room.removed',
  'thread.created',
])

const PRESENCE: ReadonlySet<EventType> = new Set<EventType>(['agent.connected', 'agent.disconnected'])

/** For those who watch the network: what became of an agent's wakes is no event for the agent itself. */
const OBSERVED: ReadonlySet<EventType> = new Set<EventType>(['agent.wake.updated'])

const HIDDEN = refuse('forbidden', 'this event is not for this subscriber')

/** Whether a subscriber gets an event. Never more than it could read over HTTP. */
export const eventRule: Rule<'event'> = (caller, { attachedAs, event }) => {
  if (event.kind === 'dm' && !caller.context.directMessages) return HIDDEN
  if (attachedAs === null) return streamRule(caller, event)
  // With auth off everybody is an operator over HTTP, but a socket sees what its agent may see.
  if (caller.principal.kind !== 'operator' && isObserver(caller.principal)) return ALLOW
  return socketRule(caller, attachedAs, event)
}

function streamRule({ context, principal }: Caller, event: EventFacts): Decision {
  if (isObserver(principal)) return ALLOW
  if (!context.publicRead || event.kind !== 'room' || !PUBLIC_EVENTS.has(event.type)) return HIDDEN
  return event.room?.visibility === 'public' ? ALLOW : HIDDEN
}

function socketRule(caller: Caller, self: string, event: EventFacts): Decision {
  switch (event.kind) {
    case 'room':
      return event.room !== undefined && socketSeesRoom(caller, self, event.room) ? ALLOW : HIDDEN
    case 'dm':
      return isParticipant(event.participants, self, caller.context.networkId) ? ALLOW : HIDDEN
    case 'agent':
      if (OBSERVED.has(event.type)) return HIDDEN
      if (event.agentId === self) return ALLOW
      return PRESENCE.has(event.type) && event.sharesRoomWith(self) ? ALLOW : HIDDEN
    case 'network':
      return HIDDEN
  }
}

function socketSeesRoom({ context, principal }: Caller, self: string, room: RoomFacts): boolean {
  if (principal.kind === 'operator' || room.hasAgent(self)) return true
  return context.publicRead && room.visibility === 'public'
}
