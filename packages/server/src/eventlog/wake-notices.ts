import type { DeliveryState, DeliveryStepName } from '@moltnet/protocol'
import type { StoredWake } from '../store/consumer-port.ts'
import type { EventDraft, Tx } from '../store/port.ts'
import type { AgentEvents, NamedAgent } from './agent-events.ts'
import { wakeId } from './wake-id.ts'

/** An event about a wake. It names the wake's line in the ledger, which a new wake has only once it is stored. */
export interface WakeNotice {
  readonly position: number
  draft(wakeId: string): EventDraft
}

/** Counts what becomes of wakes. Times are seconds since the message was stored. */
export interface WakeMeter {
  /** The first turn with a wake began. */
  started(seconds: number): void
  ended(outcome: DeliveryState, seconds: number): void
}

/** What telling about wakes depends on. */
export interface WakeTelling {
  readonly events: AgentEvents
  /** Counted failures after which a wake is dead. */
  readonly maxAttempts: number
  readonly meter: WakeMeter
}

/** Whose wakes are told about. */
export interface WakeTeller extends WakeTelling {
  readonly agent: NamedAgent
}

/** Steps that observers are told of when they happen. */
const TOLD: ReadonlySet<DeliveryStepName> = new Set<DeliveryStepName>([
  'guarded',
  'held',
  'approved',
  'retried',
  'failed',
  'dead',
  'expired',
  'dismissed',
  'published',
  'text_dismissed',
])

/** Counts the last thing that happened to a wake, and gives the events about it. Call once for each. */
export function tell(teller: WakeTeller, wake: StoredWake): WakeNotice[] {
  const { meter } = teller
  const { createdAt, endedAt, shown, journal } = wake
  const last = journal.steps.at(-1)
  if (endedAt > 0) meter.ended(shown, (endedAt - createdAt) / 1_000)
  else if (last?.step === 'turn_started' && journal.steps.find(({ step }) => step === last.step) === last)
    meter.started((last.at - createdAt) / 1_000)
  return noticesOf(teller, wake)
}

/** The events about the last thing that happened to a wake, as it is stored with them. */
export function noticesOf(teller: Omit<WakeTeller, 'meter'>, wake: StoredWake): WakeNotice[] {
  const { agent, events } = teller
  const { position, messageId, target, shown: state, journal } = wake
  const about = (id: string) => ({ messageId, target, wakeId: id, state })
  const notices: WakeNotice[] = []
  const last = journal.steps.at(-1)
  // An operator can still do something with a wake that is done: that is no delivery.
  if (wake.state === 'done' && wake.targeted && last?.step === state) {
    const draft = (id: string) => events.delivered(agent, { ...about(id), reason: wake.cause })
    notices.push({ position, draft })
  } else if (wake.state === 'expired' || wake.state === 'dead') {
    const how = { error: whyEnded(wake, teller.maxAttempts), final: true } as const
    const draft = (id: string) => events.failed(agent, { ...about(id), reason: wake.cause }, how)
    notices.push({ position, draft })
  }
  const holdsText = last?.step === 'silent' && journal.finalText !== undefined
  if (last !== undefined && (TOLD.has(last.step) || holdsText)) {
    // What an operator did is no state: the reason says it.
    const reason = last.reason ?? (last.step === state ? undefined : last.step)
    const draft = (id: string) => events.updated(agent, { ...about(id), reason }, last.error)
    notices.push({ position, draft })
  }
  return notices
}

/** Appends what is to be told of one consumer's wakes, in the transaction that stores them. */
export async function appendNotices(
  tx: Pick<Tx, 'append' | 'wakeNumber'>,
  actorUid: string,
  notices: readonly WakeNotice[],
): Promise<void> {
  for (const { position, draft } of notices) {
    const number = await tx.wakeNumber(actorUid, position)
    // Without a line the consumer went meanwhile, and nothing is left to tell.
    if (number !== undefined) await tx.append(draft(wakeId(number)))
  }
}

function whyEnded({ state, attempts, error, journal }: StoredWake, maxAttempts: number): string {
  if (state === 'expired') return journal.steps.at(-1)?.reason ?? 'too old to be delivered'
  const tried = attempts >= maxAttempts ? `given up after ${attempts} failed attempts: ` : ''
  return `${tried}${error ?? 'failed'}`
}
