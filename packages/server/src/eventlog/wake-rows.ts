import type { WakeAction } from '@moltnet/protocol'
import type { StoredWake } from '../store/consumer-port.ts'
import type { Wake } from './lane.ts'
import { type JournalNote, journalAfter, shownState } from './wake-journal.ts'
import { isEnded, type WakeEventType, type WakeStatus, wakeTransition } from './wake-machine.ts'

/** What operators do with wakes that a consumer works on, or may work on again. */
export type OperatorEventType = Extract<WakeAction, WakeEventType>

/** Whether a guard holds a wake. */
export function isHeldByGuard({ state }: Pick<WakeStatus, 'state'>, journal: Wake['journal']): boolean {
  return state === 'held' && journal.reason === 'guard'
}

/** The status of a stored wake. A turn that ran is over or will be reported again. */
export function statusOf({ state, attempts, retries, sends, dueAt, error }: StoredWake): WakeStatus {
  return { state, attempts, retries, sends, dueAt, error, turnStarted: false }
}

/** What an operator's action makes of a stored wake; undefined when its state does not have that action. */
export function operated(
  stored: StoredWake,
  action: OperatorEventType,
  { now, note }: { readonly now: number; readonly note: JournalNote },
): Pick<Wake, 'status' | 'journal'> | undefined {
  const before = statusOf(stored)
  // Attempts count for NACKs alone, so their bound plays no part.
  const after = wakeTransition(before, { type: action }, { maxAttempts: 1, now })
  if (typeof after === 'string') return undefined
  const journal = journalAfter(stored.journal, { type: action }, { before, after, now, note })
  return { status: after, journal }
}

/** A wake as it is stored. */
export function rowOf(
  { facts, status, journal }: Pick<Wake, 'facts' | 'status' | 'journal'>,
  now: number,
): StoredWake {
  const { state, attempts, retries, sends, dueAt, error } = status
  const { position, messageId, target, cause, targeted, byAgent, createdAt } = facts
  return {
    position,
    messageId,
    target,
    cause,
    targeted,
    byAgent,
    createdAt,
    state,
    attempts,
    retries,
    sends,
    dueAt,
    error,
    endedAt: isEnded(state) ? now : 0,
    shown: shownState(status, journal),
    journal,
  }
}
