import { conversationKey } from '@moltnet/protocol'
import type { GuardName } from '@moltnet/protocol'
import { hasTurnLeft, isRoomy } from '../domain/guards.ts'
import type { StoredStep, StoredWake } from '../store/consumer-port.ts'
import { TurnWindow } from './turn-window.ts'

/** How far back turns count, in milliseconds: the longest window. */
export const TURNS_KEPT_MS = 3_600_000

/** A turn that began. */
export interface BegunTurn {
  /** Unix time in milliseconds. */
  readonly at: number
  /** Who caused it: the sender of its first message; '' for a human. */
  readonly sender: string
}

/** Why there is no turn left, and until when. */
export interface NoTurnLeft {
  readonly guard: Extract<GuardName, 'turns_per_minute' | 'turns_per_hour'>
  readonly limit: number
  /** Unix time in milliseconds; undefined: when turns that are sure to come have come, or not. */
  readonly until: number | undefined
}

/** Turns that are sure to come: of all senders, and of the asking one. */
export interface ReservedTurns {
  readonly all: number
  readonly own: number
}

/** The turns of one agent, against its limits. */
export class TurnMeter {
  readonly #windows: readonly { guard: NoTurnLeft['guard']; limit: number; window: TurnWindow }[]

  constructor(limits: { readonly turnsPerMinute: number; readonly turnsPerHour: number }) {
    this.#windows = [
      { guard: 'turns_per_minute', limit: limits.turnsPerMinute, window: new TurnWindow(60_000) },
      { guard: 'turns_per_hour', limit: limits.turnsPerHour, window: new TurnWindow(TURNS_KEPT_MS) },
    ]
  }

  begun({ at, sender }: BegunTurn): void {
    for (const { window } of this.#windows) window.add(at, sender)
  }

  /** Whether there is room for everybody, even if nothing that counts were too old: a quick answer. */
  isRoomy(reserved: number): boolean {
    return this.#windows.every(({ limit, window }) => isRoomy(limit, window.total + reserved))
  }

  /** What keeps a sender from causing one more turn. */
  lack(now: number, sender: string, reserved: ReservedTurns): NoTurnLeft | undefined {
    let found: NoTurnLeft | undefined
    for (const { guard, limit, window } of this.#windows) {
      window.expire(now)
      const { total, senders } = window
      const own = window.of(sender)
      if (hasTurnLeft(limit, { senders, total: total + reserved.all, own: own + reserved.own })) continue
      // Of turns that have begun one must leave the window; of the others it may turn out that there are fewer.
      const full = !hasTurnLeft(limit, { senders, total, own })
      const until = full ? window.freeAt : undefined
      if (found === undefined || (until ?? 0) > (found.until ?? 0)) found = { guard, limit, until }
    }
    return found
  }

  /** The turns that a sender caused in the longest window. */
  used(sender: string): number {
    return this.#windows.at(-1)?.window.of(sender) ?? 0
  }
}

/** Steps that end a turn. A lost connection does not: the turn goes on at the node. */
const ENDS: ReadonlySet<StoredStep['step']> = new Set<StoredStep['step']>([
  'turn_ended',
  'failed',
  'spoke',
  'silent',
  'dead',
  'dismissed',
])

/**
 * The turns that lines of one agent's ledger tell of, oldest first. Lines of a conversation whose turns
 * overlap went into one turn. A message that was taken without a word about a turn counts as one.
 */
export function turnsOf(wakes: readonly Pick<StoredWake, 'byAgent' | 'journal' | 'target'>[]): BegunTurn[] {
  const begun: (BegunTurn & { readonly end: number; readonly conversation: string })[] = []
  for (const { byAgent, journal, target } of wakes) {
    const conversation = conversationKey(target)
    const { steps } = journal
    for (const [at, step] of steps.entries()) {
      const taken = step.step === 'acked'
      if (step.step !== 'turn_started' && !taken) continue
      const end = taken
        ? step.at
        : (steps.slice(at + 1).find((later) => ENDS.has(later.step))?.at ?? Infinity)
      begun.push({ at: step.at, sender: byAgent ?? '', end, conversation })
    }
  }
  begun.sort((a, b) => a.at - b.at)
  const running = new Map<string, number>()
  const turns: BegunTurn[] = []
  for (const { at, sender, end, conversation } of begun) {
    const until = running.get(conversation) ?? -1
    if (at >= until) turns.push({ at, sender })
    running.set(conversation, Math.max(end, until))
  }
  return turns
}
