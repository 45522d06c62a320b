import { CONSUMER_LIMITS, type DeliveryState, type DeliveryStepName, type GuardName } from '@moltnet/protocol'
import type { StoredJournal, StoredStep } from '../store/consumer-port.ts'
import type { WakeEvent, WakeStatus } from './wake-machine.ts'

/** Why a wake counts as approved that an operator did not name. */
const LET_GO = 'its conversation was let go on'

/** Steps kept of one wake. One that is retried for ever keeps its beginning and what came last. */
const MOST_STEPS = 48

/** Of those, how many are the first ones. */
const FIRST_STEPS = 8

/** What is known about an event besides the event. */
export interface JournalNote {
  readonly reason?: string
  /** The guard that makes a wake wait or holds it, and what it saw. */
  readonly guard?: GuardName
  readonly detail?: string
  /** An operator let go the conversation of a wake, not the wake itself. */
  readonly conversation?: true
  /** Credential key of the operator. */
  readonly by?: string
  /** `turn_ended`: the last text of the turn, that was not published. */
  readonly finalText?: string
  /** `turn_ended`: what the runtime was refused or complained about. */
  readonly warnings?: readonly string[]
}

/** A message that has just become a wake. */
export function newJournal(storedAt: number, now: number): StoredJournal {
  const steps: StoredStep[] = [
    { step: 'stored', at: storedAt },
    { step: 'pending', at: now },
  ]
  return { steps, ...NO_TURN }
}

/** What the machine made of an event. */
export interface JournalChange {
  readonly before: WakeStatus
  readonly after: WakeStatus
  /** Unix time in milliseconds. */
  readonly now: number
  readonly note?: JournalNote
}

/** The journal after the machine took `event`. Pure. */
export function journalAfter(
  journal: StoredJournal,
  event: WakeEvent,
  { before, after, now, note }: JournalChange,
): StoredJournal {
  const add = (
    step: DeliveryStepName,
    detail: Omit<StoredStep, 'step' | 'at'> = {},
    rest: Partial<StoredJournal> = {},
  ) => extended(journal, [{ step, at: now, ...shortened(detail) }], rest)
  switch (event.type) {
    case 'send':
      return add('sent', { attempt: after.attempts + 1 }, sentAgain(journal))
    case 'turn_started': {
      if (before.turnStarted) return journal
      // What was said before the turn is none of it, unless the turn began on an earlier socket.
      return add('turn_started', {}, { turn: 'running', begun: true, spoke: journal.resent && journal.spoke })
    }
    case 'turn_ended':
      if (journal.turn === 'ended') return journal
      return add(
        'turn_ended',
        { reason: note?.reason, warnings: note?.warnings },
        { turn: 'ended', finalText: cut(note?.finalText) },
      )
    case 'ack':
      return add(outcomeOf(journal), {}, outcomeOf(journal) === 'silent' ? {} : { finalText: undefined })
    case 'nack': {
      const { reason, error } = event
      const failed: StoredStep = { step: 'failed', at: now, ...shortened({ reason, error }) }
      return extended(journal, withDeath([failed], after, now), NO_TURN)
    }
    case 'socket_lost':
    case 'server_lost': {
      const by = event.type === 'server_lost' ? 'the server stopped' : 'the connection was lost'
      return extended(journal, withDeath([{ step: 'lost', at: now, reason: by }], after, now), {})
    }
    case 'hold':
    case 'delay':
      return guarded(journal, event.type, { now, note })
    case 'approve':
      return add('approved', approval(note), { reason: undefined, freed: note?.conversation !== true })
    case 'dismiss':
      return add('dismissed', { by: note?.by })
    case 'unsubscribe':
      return add('dismissed', { reason: 'the conversation left the subscription' })
    case 'retry':
      return add('retried', { by: note?.by }, { ...NO_TURN, reason: undefined, freed: true })
    case 'expire':
      return add('expired', { reason: 'too old to be delivered' })
    case 'abandon':
      return add('expired', { reason: 'the agent was not attached for too long' })
    case 'withdraw':
      return add('dead', { error: event.error })
    case 'due':
      return journal
  }
}

/** The agent stored a message in the wake's conversation. Counts only while the wake is with its node. */
export function heardFrom(journal: StoredJournal): StoredJournal {
  const counts = journal.turn === 'sent' || journal.turn === 'running'
  return counts && !journal.spoke ? { ...journal, spoke: true } : journal
}

/** Since when a wake could have been sent: its message, or the operator who let it go. Unix time in milliseconds. */
export function freeSince(createdAt: number, { steps }: StoredJournal): number {
  const freed = steps.findLast(({ step }) => step === 'approved' || step === 'retried')
  return Math.max(createdAt, freed?.at ?? 0)
}

/** How far the delivery has come, in the words of the ledger. */
export function shownState({ state }: Pick<WakeStatus, 'state'>, journal: StoredJournal): DeliveryState {
  switch (state) {
    case 'backoff':
      return 'failed'
    case 'sent':
      return journal.turn === 'running' ? 'turn_started' : journal.turn === 'ended' ? 'turn_ended' : 'sent'
    case 'done':
      return outcomeOf(journal)
    default:
      return state
  }
}

/** What an ACK means. Without a word about the turn, only what the agent said can be known. */
function outcomeOf({ begun, spoke }: StoredJournal): 'spoke' | 'silent' | 'acked' {
  return spoke ? 'spoke' : begun ? 'silent' : 'acked'
}

const NO_TURN = { turn: 'none', begun: false, spoke: false, resent: false, finalText: undefined } as const

/** After a lost connection the turn may go on at the node, so what is known of it stays. */
function sentAgain({ turn }: StoredJournal): Partial<StoredJournal> {
  return turn === 'none' ? { ...NO_TURN, turn: 'sent' } : { turn: 'sent', resent: true }
}

/** Whether an operator has let a wake go together with its conversation, and it was not held since. */
export function wasLetGo({ steps }: StoredJournal): boolean {
  const last = steps.findLast(({ step }) => step === 'approved' || step === 'held')
  return last?.step === 'approved' && last.reason === LET_GO
}

/** A wake is held, by a guard perhaps, or a guard makes it wait. */
function guarded(
  journal: StoredJournal,
  type: 'hold' | 'delay',
  { now, note }: Pick<JournalChange, 'now' | 'note'>,
): StoredJournal {
  const { guard, detail, reason } = note ?? {}
  const steps: StoredStep[] = []
  if (guard !== undefined) steps.push({ step: 'guarded', at: now, reason: guard, detail })
  if (type === 'delay') return extended(journal, steps, {})
  return extended(journal, [...steps, { step: 'held', at: now, reason }], { reason })
}

function approval(note: JournalNote | undefined): Pick<StoredStep, 'by' | 'reason'> {
  return { by: note?.by, ...(note?.conversation && { reason: LET_GO }) }
}

/** A wake whose turn ended silently, after an operator published its held text. Pure. */
export function textPublished(
  journal: StoredJournal,
  { at, by, messageId }: { readonly at: number; readonly by: string; readonly messageId: string },
): StoredJournal {
  const step: StoredStep = { step: 'published', at, messageId, by }
  return extended(journal, [step], { spoke: true, finalText: undefined })
}

/** The same after an operator dismissed it: the turn stays silent. Pure. */
export function textDismissed(
  journal: StoredJournal,
  { at, by }: { readonly at: number; readonly by: string },
): StoredJournal {
  return extended(journal, [{ step: 'text_dismissed', at, by }], { finalText: undefined })
}

function withDeath(steps: StoredStep[], after: WakeStatus, now: number): StoredStep[] {
  if (after.state !== 'dead') return steps
  return [...steps, { step: 'dead', at: now, ...shortened({ error: after.error }) }]
}

function extended(
  journal: StoredJournal,
  added: readonly StoredStep[],
  rest: Partial<StoredJournal>,
): StoredJournal {
  const steps = [...journal.steps, ...added]
  if (steps.length > MOST_STEPS) steps.splice(FIRST_STEPS, steps.length - MOST_STEPS)
  return { ...journal, ...rest, steps }
}

function shortened(detail: Omit<StoredStep, 'step' | 'at'>): Omit<StoredStep, 'step' | 'at'> {
  const { attempt, reason, error, warnings, by } = detail
  return {
    ...(attempt !== undefined && { attempt }),
    ...(reason !== undefined && { reason: cut(reason) }),
    ...(error !== undefined && { error: cut(error) }),
    ...(warnings !== undefined && warnings.length > 0 && { warnings: warningsOf(warnings) }),
    ...(by !== undefined && { by }),
  }
}

function warningsOf(warnings: readonly string[]): string[] {
  const { warnings: most, warningCharacters } = CONSUMER_LIMITS
  return warnings.slice(0, most).map((warning) => cut(warning, warningCharacters))
}

/** Texts come from nodes, which may send whatever fits into a frame. */
function cut<T extends string | undefined>(text: T, most: number = CONSUMER_LIMITS.finalTextCharacters): T {
  if (text === undefined || text.length <= most) return text
  // Half a character at the cut would be none.
  return text.slice(0, most).toWellFormed() as T
}
