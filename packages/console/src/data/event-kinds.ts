import type { EventType, MoltnetEvent } from '@moltnet/protocol'

/** An event about an agent. */
export type AgentEvent = Extract<MoltnetEvent, { agent: unknown }>

export function isAgentEvent(event: MoltnetEvent): event is AgentEvent {
  return 'agent' in event
}

/** Whether an event says something about a wake. */
export function isWakeEvent(event: MoltnetEvent): event is AgentEvent {
  return isAgentEvent(event) && event.type.startsWith('agent.wake.')
}

/** What an event is about, for filters. */
export type EventKind = 'messages' | 'rooms' | 'agents' | 'wakes' | 'network'

const KINDS: readonly (readonly [prefix: string, kind: EventKind])[] = [
  ['message.', 'messages'],
  ['thread.', 'rooms'],
  ['room.', 'rooms'],
  ['dm.', 'rooms'],
  ['agent.wake.', 'wakes'],
  ['agent.', 'agents'],
]

export function kindOfEvent(type: EventType): EventKind {
  return KINDS.find(([prefix]) => type.startsWith(prefix))?.[1] ?? 'network'
}
