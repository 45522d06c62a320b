import type { DeliveryState, Target, WakeCause } from '@moltnet/protocol'
import type { StoredDelivery, StoredJournal, StoredWake, StoredWakeState } from '../consumer-port.ts'

/** A line of the ledger as SQLite keeps it. */
export interface DeliveryRow {
  id: number
  actor_uid: string
  agent_id: string
  durable: number
  position: number
  message_id: string
  target: string
  cause: WakeCause
  targeted: number
  created_at: number
  state: StoredWakeState
  shown: DeliveryState
  attempts: number
  retries: number
  sends: number
  due_at: number
  error: string | null
  ended_at: number
  journal: string
  by_agent: string | null
}

/** A line of the ledger. */
export function deliveryOf(row: DeliveryRow): StoredDelivery {
  const { id, actor_uid: actorUid, agent_id: agentId, durable } = row
  return { id, actorUid, agentId, durable: durable === 1, ...wakeOf(row) }
}

/** The wake of a line. */
export function wakeOf(row: DeliveryRow): StoredWake {
  return {
    position: row.position,
    messageId: row.message_id,
    target: JSON.parse(row.target) as Target,
    cause: row.cause,
    targeted: row.targeted === 1,
    byAgent: row.by_agent ?? undefined,
    createdAt: row.created_at,
    state: row.state,
    shown: row.shown,
    attempts: row.attempts,
    retries: row.retries,
    sends: row.sends,
    dueAt: row.due_at,
    error: row.error ?? undefined,
    endedAt: row.ended_at,
    journal: JSON.parse(row.journal) as StoredJournal,
  }
}
