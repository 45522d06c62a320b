import { CONSUMER_LIMITS } from '@moltnet/protocol'
import type { StoredJournal, StoredWake } from '../store/consumer-port.ts'
import type { WakeStatus } from './wake-machine.ts'

/** What a wake is about; never changes. */
export type WakeFacts = Pick<
  StoredWake,
  'position' | 'messageId' | 'target' | 'cause' | 'targeted' | 'byAgent' | 'createdAt'
>

/** An open wake of one consumer. */
export interface Wake {
  readonly facts: WakeFacts
  status: WakeStatus
  /** What happened to it so far. */
  journal: StoredJournal
  /** Its number in a long chain of its conversation, when it was counted since the server started. */
  inRow: number | undefined
  /** Where it stands, and what it counts for there; kept by the lanes. */
  lane: Lane | undefined
  marks: number
}

/** A wake that is in no lane yet. */
export function newWake({ facts, status, journal }: Pick<Wake, 'facts' | 'status' | 'journal'>): Wake {
  return { facts, status, journal, inRow: undefined, lane: undefined, marks: 0 }
}

/** The open wakes of one conversation, in log order. */
export interface Lane {
  readonly key: string
  readonly wakes: Wake[]
  /** How many are on the socket. */
  sent: number
  /** Of those, how many wait for their turn at the node. */
  waiting: number
  /** Of those, how many are in a turn that runs. */
  running: number
  /** How many wait here that no guard stops. */
  free: number
  /** Wakes wait for others until then, as Unix time in milliseconds. */
  dampedUntil: number | undefined
  /** Damped wakes up to here go together now. */
  openUpTo: number
  /** A guard made it wait. */
  waited: boolean
}

/** What guards ask about a conversation. */
export interface LaneView {
  readonly key: string
  readonly wakes: readonly Wake[]
  readonly free: number
  readonly waited: boolean
  dampedUntil: number | undefined
  openUpTo: number
}

/** What a wake counts for. */
export const MARKS = { sent: 1, waiting: 2, running: 4, free: 8 } as const

/** What the count of a mark changes by. */
export function changeOf(mark: number, before: number, after: number): number {
  return ((after & mark) > 0 ? 1 : 0) - ((before & mark) > 0 ? 1 : 0)
}

/** Whether no guard stops a wake: a human's message, or one that an operator let go. */
export function isFree({ facts, journal }: Pick<Wake, 'facts' | 'journal'>): boolean {
  return facts.byAgent === undefined || journal.freed === true
}

export function newLane(key: string): Lane {
  const counts = { sent: 0, waiting: 0, running: 0, free: 0 }
  return { key, wakes: [], ...counts, dampedUntil: undefined, openUpTo: 0, waited: false }
}

export function marksOf(wake: Wake): number {
  const { status, journal } = wake
  if (status.state === 'pending') return isFree(wake) ? MARKS.free : 0
  if (status.state !== 'sent') return 0
  if (!status.turnStarted) return MARKS.sent | MARKS.waiting
  return journal.turn === 'running' ? MARKS.sent | MARKS.running : MARKS.sent
}

export function turnsOfLane({ waiting, running }: Lane): number {
  return turnsToCome(waiting, running)
}

/**
 * A node puts what waits for a running turn into one turn. Without one the first message may go alone, and
 * the others together.
 */
export function turnsToCome(waiting: number, running: number): number {
  return running > 0 ? Math.min(waiting, 1) : Math.min(waiting, 2)
}

export function nextOf(lane: Lane): Wake | undefined {
  if (lane.sent >= CONSUMER_LIMITS.windowPerConversation) return undefined
  for (const wake of lane.wakes) {
    const { state, retries } = wake.status
    if (state === 'pending') return wake
    if (state === 'held' && wake.journal.reason === 'guard') continue
    if (state !== 'sent' || retries > 0) return undefined
  }
  return undefined
}
