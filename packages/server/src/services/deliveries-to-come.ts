import { type Delivery, evaluateWake, type EventId, type Message } from '@moltnet/protocol'
import { decide, type EventFacts } from '../domain/access.ts'
import { agentView } from '../domain/principal.ts'
import { agentKey, type RoomSnapshot } from '../domain/room.ts'
import { subscriptionOf } from '../eventlog/bindings.ts'
import { positionOfCursor } from '../eventlog/cursor.ts'
import type { StoredConsumer } from '../store/consumer-port.ts'
import type { ServiceDeps } from './deps.ts'

/** A message, and the deliveries of it that the ledger has. */
export interface KnownDeliveries {
  readonly message: Message
  readonly eventId: EventId
  readonly known: readonly Delivery[]
}

/**
 * Deliveries of a message that no line says anything about yet: `stored` for consumers that have not come
 * so far, and `no_consumer` for agents that it is targeted at and that nothing will wake.
 */
export async function waitingDeliveries(deps: ServiceDeps, known: KnownDeliveries): Promise<Delivery[]> {
  const { context, store } = deps
  const { message, eventId } = known
  const position = positionOfCursor(eventId, store.epoch)
  if (position === undefined) return []
  const { target } = message
  const room = target.kind === 'dm' ? undefined : await store.read.room(target.room_id)
  const facts: EventFacts =
    target.kind === 'dm'
      ? { kind: 'dm', participants: target.participant_ids }
      : { kind: 'room', type: 'message.created', room: room?.removedAt === null ? room : undefined }
  const listed = new Set(known.known.map(({ agent_id }) => agent_id))
  const deliveries: Delivery[] = []
  for (const consumer of await store.read.consumersBehind(position)) {
    const { agentId } = consumer
    const cause = listed.has(agentId) ? undefined : causeFor(consumer, message, position)
    if (cause === undefined) continue
    const event = { kind: 'event', attachedAs: agentId, event: facts } as const
    if (!decide(context, agentView(context.mode, agentId), 'receive', event).allow) continue
    listed.add(agentId)
    deliveries.push(lineOf(message, agentId, { durable: true, cause, state: 'stored' }))
  }
  for (const agentId of await missingAgents(deps, message, { listed, room })) {
    const cause = target.kind === 'dm' ? 'dm' : 'mention'
    const reason = 'it had no durable consumer for this conversation'
    deliveries.push(lineOf(message, agentId, { durable: false, cause, state: 'no_consumer', reason }))
  }
  return deliveries
}

/** Why a consumer will be woken once its scan gets to a message; undefined when it will not. */
function causeFor(
  { agentId, bindings }: StoredConsumer,
  message: Message,
  position: number,
): Delivery['cause'] | undefined {
  const { target, network_id: networkId } = message
  const room = target.kind === 'dm' ? null : target.room_id
  const binding = bindings.find((candidate) => candidate.room === room)
  if (binding === undefined || position <= binding.from) return undefined
  const subscription = subscriptionOf([binding])
  const decision = evaluateWake({ subscription, networkId, agentId, message })
  return decision.wake ? decision.reason : undefined
}

/** Local agents that a message is targeted at and that are in no line. */
async function missingAgents(
  { context, store }: ServiceDeps,
  { target, mentions, from }: Message,
  { listed, room }: { listed: ReadonlySet<string>; room: RoomSnapshot | undefined },
): Promise<string[]> {
  const named = target.kind === 'dm' ? target.participant_ids : (mentions ?? [])
  const sender = agentKey(from.fqid ?? from.id, context.networkId)
  const missing: string[] = []
  for (const key of new Set(named.map((reference) => agentKey(reference, context.networkId)))) {
    // Agents of other networks have their deliveries there.
    if (listed.has(key) || key === sender || key.includes(':')) continue
    const isAgent = room?.hasAgent(key) === true || (await store.read.agent(key)) !== undefined
    if (isAgent) missing.push(key)
  }
  return missing
}

function lineOf(
  { id, target, created_at }: Message,
  agentId: string,
  rest: Pick<Delivery, 'durable' | 'cause' | 'state' | 'reason'>,
): Delivery {
  const steps: Delivery['steps'] = [{ step: 'stored', at: created_at }]
  return { message_id: id, agent_id: agentId, target, ...rest, attempts: 0, sends: 0, created_at, steps }
}
