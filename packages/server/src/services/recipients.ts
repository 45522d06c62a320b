import { evaluateWake, type Message, type WakeDecision } from '@moltnet/protocol'
import { decide, type EventFacts } from '../domain/access.ts'
import { agentView } from '../domain/principal.ts'
import { agentKey, type RoomSnapshot } from '../domain/room.ts'
import { bindingRoom, subscriptionOf } from '../eventlog/bindings.ts'
import type { StoredConsumer } from '../store/consumer-port.ts'
import type { ServiceDeps } from './deps.ts'

/** A message, and the live room that it goes to. */
export interface Addressed {
  readonly message: Message
  readonly room: RoomSnapshot | undefined
}

/** An agent that a message wakes through its durable consumer. */
export interface WokenAgent {
  readonly agentId: string
  readonly decision: Extract<WakeDecision, { wake: true }>
}

/** Looks up the room of a message. */
export async function addressed({ store }: ServiceDeps, message: Message): Promise<Addressed> {
  const { target } = message
  const room = target.kind === 'dm' ? undefined : await store.read.room(target.room_id)
  return { message, room: room?.removedAt === null ? room : undefined }
}

/** The agents that a message at a log position wakes, of all consumers that have not come so far. */
export async function wokenAgents(
  deps: ServiceDeps,
  { message, room }: Addressed,
  position: number,
): Promise<WokenAgent[]> {
  const woken: WokenAgent[] = []
  for (const consumer of await deps.store.read.consumersBehind(position)) {
    const decision = decisionFor(consumer, message, position)
    if (decision.wake && mayReceive(deps, { message, room }, consumer.agentId)) {
      woken.push({ agentId: consumer.agentId, decision })
    }
  }
  return woken
}

/** Whether an agent's attachment gets a message. */
export function mayReceive(
  { context }: ServiceDeps,
  { message: { target }, room }: Addressed,
  agentId: string,
): boolean {
  const facts: EventFacts =
    target.kind === 'dm'
      ? { kind: 'dm', participants: target.participant_ids }
      : { kind: 'room', type: 'message.created', room }
  const event = { kind: 'event', attachedAs: agentId, event: facts } as const
  return decide(context, agentView(context.mode, agentId), 'receive', event).allow
}

/** Agents of this network that a message is targeted at, its sender left out. */
export async function targetedAgents(
  { context, store }: ServiceDeps,
  { message: { target, mentions, from }, room }: Addressed,
): Promise<string[]> {
  const named = target.kind === 'dm' ? target.participant_ids : (mentions ?? [])
  const sender = agentKey(from.fqid ?? from.id, context.networkId)
  const agents: string[] = []
  for (const key of new Set(named.map((reference) => agentKey(reference, context.networkId)))) {
    // Agents of other networks have their deliveries there.
    if (key === sender || key.includes(':')) continue
    const isAgent = room?.hasAgent(key) === true || (await store.read.agent(key)) !== undefined
    if (isAgent) agents.push(key)
  }
  return agents
}

/** Whether a consumer is woken once its scan gets to a message. */
function decisionFor(
  { agentId, bindings }: StoredConsumer,
  message: Message,
  position: number,
): WakeDecision {
  const { target, network_id: networkId } = message
  const room = bindingRoom(target)
  const binding = bindings.find((candidate) => candidate.room === room)
  if (binding === undefined || position <= binding.from) return { wake: false }
  return evaluateWake({ subscription: subscriptionOf([binding]), networkId, agentId, message })
}
