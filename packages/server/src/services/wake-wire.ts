import {
  type AgentLastWake,
  type Delivery,
  type DeliveryStep,
  formatTime,
  type MessageId,
  type Wake,
} from '@moltnet/protocol'
import { wakeId } from '../eventlog/wake-id.ts'
import type { LatestDelivery, StoredDelivery, StoredStep } from '../store/consumer-port.ts'

/** A line of the ledger as clients see it. */
export function wireDelivery(line: StoredDelivery): Wake {
  const { shown, journal, dueAt, error } = line
  const reason = reasonOf(line)
  return {
    id: wakeId(line.id),
    message_id: line.messageId as MessageId,
    agent_id: line.agentId,
    target: line.target,
    durable: line.durable,
    cause: line.cause,
    state: shown,
    ...(reason !== undefined && { reason }),
    ...(error !== undefined && TROUBLED.has(shown) && { error }),
    attempts: line.attempts,
    sends: line.sends,
    ...(shown === 'failed' && dueAt > 0 && { next_try_at: timeOf(dueAt) }),
    ...(shown === 'silent' && journal.finalText !== undefined && { final_text: journal.finalText }),
    created_at: timeOf(line.createdAt),
    steps: journal.steps.map(wireStep),
  }
}

/** The newest line about an agent as observers see it. */
export function wireLastWake({ id, messageId, shown, last, reason }: LatestDelivery): AgentLastWake {
  const why = shown === 'held' ? reason : last.step === shown ? last.reason : undefined
  return {
    id: wakeId(id),
    message_id: messageId as MessageId,
    state: shown,
    at: timeOf(last.at),
    ...(why !== undefined && { reason: why }),
  }
}

/** {@link wireDelivery} for somebody who may not see what an agent did not say. */
export function wireWake(line: StoredDelivery, isObserver: boolean): Wake {
  const wake = wireDelivery(line)
  if (isObserver) return wake
  const { final_text: _hidden, ...rest } = wake
  return rest
}

/** States in which the last failure still matters. */
const TROUBLED: ReadonlySet<Delivery['state']> = new Set(['failed', 'pending', 'closed', 'dead', 'expired'])

function reasonOf({ shown, journal: { reason, steps } }: StoredDelivery): string | undefined {
  if (shown === 'held') return reason
  const last = steps.at(-1)
  if (shown === 'pending' && last?.step === 'guarded') return last.reason
  return steps.findLast(({ step }) => step === shown)?.reason
}

function wireStep(stored: StoredStep): DeliveryStep {
  const { step, at, attempt, reason, detail, error, warnings, messageId, by } = stored
  return {
    step,
    at: timeOf(at),
    ...(attempt !== undefined && { attempt }),
    ...(reason !== undefined && { reason }),
    ...(detail !== undefined && { detail }),
    ...(error !== undefined && { error }),
    ...(warnings !== undefined && { warnings: [...warnings] }),
    ...(messageId !== undefined && { message_id: messageId as MessageId }),
    ...(by !== undefined && { by }),
  }
}

function timeOf(ms: number): string {
  return formatTime(BigInt(ms) * 1_000_000n)
}
