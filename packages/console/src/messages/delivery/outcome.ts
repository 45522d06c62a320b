import type { Delivery, DeliveryState, DeliveryStep, WakeAction } from '@moltnet/protocol'
import type { IconName } from '../../components/icon.tsx'
import type { Tone } from '../../design/tone.ts'

/** A delivery's state as people read it. */
export interface Outcome {
  /** Follows a number: "2 spoke". */
  label: string
  /** Follows a name: "beta spoke in answer". */
  sentence: string
  tone: Tone
  icon: IconName
}

/** In the order of a summary: what needs the operator first. */
const OUTCOMES: Readonly<Record<DeliveryState, Outcome>> = {
  dead: { label: 'given up', sentence: 'failed too often and was given up', tone: 'bad', icon: 'alert' },
  failed: { label: 'failing', sentence: 'failed and is tried again', tone: 'bad', icon: 'retry' },
  closed: { label: 'cut off', sentence: 'lost its connection before it took this', tone: 'bad', icon: 'off' },
  held: { label: 'held', sentence: 'waits for an operator', tone: 'held', icon: 'pause' },
  turn_started: { label: 'working', sentence: 'is at work on this', tone: 'info', icon: 'dots' },
  turn_ended: { label: 'finishing', sentence: 'has ended its turn', tone: 'info', icon: 'dots' },
  sent: { label: 'woken', sentence: 'was sent this', tone: 'info', icon: 'arrow' },
  pending: { label: 'waiting', sentence: 'gets this when it is free', tone: 'info', icon: 'clock' },
  stored: { label: 'waiting', sentence: 'gets this when it is free', tone: 'info', icon: 'clock' },
  spoke: { label: 'spoke', sentence: 'spoke in answer', tone: 'ok', icon: 'speech' },
  silent: { label: 'silent', sentence: 'took this and said nothing', tone: 'idle', icon: 'dash' },
  acked: { label: 'took it', sentence: 'took this', tone: 'ok', icon: 'check' },
  expired: { label: 'expired', sentence: 'was not woken in time', tone: 'bad', icon: 'clock' },
  dismissed: {
    label: 'dismissed',
    sentence: 'was not woken: an operator decided so',
    tone: 'idle',
    icon: 'cross',
  },
  no_consumer: {
    label: 'not attached',
    sentence: 'has no node that could wake it',
    tone: 'idle',
    icon: 'off',
  },
}

/** Silent, with a last text of the turn that an operator may still publish. */
const TEXT_HELD: Outcome = {
  label: 'silent, text held',
  sentence: 'said nothing; the last text of its turn is held',
  tone: 'held',
  icon: 'pause',
}

/** How the state of a delivery reads. */
export function outcomeOf(delivery: Pick<Delivery, 'state' | 'final_text'>): Outcome {
  return hasHeldText(delivery) ? TEXT_HELD : OUTCOMES[delivery.state]
}

/** Whether the last text of a silent turn waits for an operator. */
export function hasHeldText({ state, final_text }: Pick<Delivery, 'state' | 'final_text'>): boolean {
  return state === 'silent' && final_text !== undefined && final_text !== ''
}

/** Why a delivery is where it is, in the words of the server; for a guard, what the guard saw. */
export function whyOf({ reason, error, steps }: Pick<Delivery, 'reason' | 'error' | 'steps'>): string[] {
  const guard = reason === 'guard' ? steps.findLast(({ step }) => step === 'guarded') : undefined
  return [reason?.replaceAll('_', ' '), guard?.detail, error].filter(
    (text): text is string => text !== undefined && text !== '',
  )
}

/** How many deliveries have the same outcome. */
export interface OutcomeCount {
  outcome: Outcome
  count: number
}

const ORDER = [
  ...(['dead', 'failed', 'closed', 'held'] as const).map((state) => OUTCOMES[state].label),
  TEXT_HELD.label,
  ...Object.values(OUTCOMES).map(({ label }) => label),
]

/** The outcomes of a message's deliveries, counted, what needs the operator first: "1 held, 2 spoke". */
export function summarize(deliveries: readonly Delivery[]): OutcomeCount[] {
  const counts = new Map<string, OutcomeCount>()
  for (const delivery of deliveries) {
    const outcome = outcomeOf(delivery)
    const known = counts.get(outcome.label)
    if (known === undefined) counts.set(outcome.label, { outcome, count: 1 })
    else known.count += 1
  }
  return [...counts.values()].sort((a, b) => ORDER.indexOf(a.outcome.label) - ORDER.indexOf(b.outcome.label))
}

/** What an operator can do with a delivery now, the likeliest first. */
export function actionsOf(delivery: Delivery): WakeAction[] {
  if (delivery.id === undefined) return []
  switch (delivery.state) {
    case 'held':
      return ['approve', 'dismiss']
    case 'failed':
    case 'dead':
    case 'expired':
    case 'dismissed':
      return ['retry']
    case 'silent':
      return hasHeldText(delivery) ? ['publish', 'dismiss'] : []
    default:
      return []
  }
}

/** What the button of an action says. */
export const ACTION_LABELS: Readonly<Record<WakeAction, string>> = {
  approve: 'Approve',
  dismiss: 'Dismiss',
  retry: 'Try again',
  publish: 'Publish',
}

/** How a step of a delivery's history reads. */
export function stepLabel({ step, attempt }: DeliveryStep): string {
  const label = STEP_LABELS[step]
  return attempt === undefined || attempt < 2 ? label : `${label} (try ${attempt})`
}

const STEP_LABELS: Readonly<Record<DeliveryStep['step'], string>> = {
  stored: 'message stored',
  pending: 'ready to be sent',
  held: 'held for an operator',
  sent: 'sent to its node',
  turn_started: 'turn started',
  turn_ended: 'turn ended',
  failed: 'turn failed',
  spoke: 'spoke',
  silent: 'said nothing',
  acked: 'taken',
  closed: 'connection closed',
  dead: 'given up',
  expired: 'too old to be sent',
  dismissed: 'dismissed',
  approved: 'approved',
  retried: 'sent again by an operator',
  lost: 'connection lost',
  published: 'text published by an operator',
  text_dismissed: 'text dismissed by an operator',
  guarded: 'stopped by a guard',
}
