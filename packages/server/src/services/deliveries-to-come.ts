import type { Delivery, EventId, Message } from '@moltnet/protocol'
import { positionOfCursor } from '../eventlog/cursor.ts'
import type { ServiceDeps } from './deps.ts'
import { addressed, targetedAgents, wokenAgents } from './recipients.ts'

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
  const { message, eventId } = known
  const position = positionOfCursor(eventId, deps.store.epoch)
  if (position === undefined) return []
  const to = await addressed(deps, message)
  const listed = new Set(known.known.map(({ agent_id }) => agent_id))
  const deliveries: Delivery[] = []
  for (const { agentId, decision } of await wokenAgents(deps, to, position)) {
    if (listed.has(agentId)) continue
    listed.add(agentId)
    deliveries.push(lineOf(message, agentId, { durable: true, cause: decision.reason, state: 'stored' }))
  }
  for (const agentId of await targetedAgents(deps, to)) {
    if (listed.has(agentId)) continue
    const cause = message.target.kind === 'dm' ? 'dm' : 'mention'
    const reason = 'it had no durable consumer for this conversation'
    deliveries.push(lineOf(message, agentId, { durable: false, cause, state: 'no_consumer', reason }))
  }
  return deliveries
}

function lineOf(
  { id, target, created_at }: Message,
  agentId: string,
  rest: Pick<Delivery, 'durable' | 'cause' | 'state' | 'reason'>,
): Delivery {
  const steps: Delivery['steps'] = [{ step: 'stored', at: created_at }]
  return { message_id: id, agent_id: agentId, target, ...rest, attempts: 0, sends: 0, created_at, steps }
}
