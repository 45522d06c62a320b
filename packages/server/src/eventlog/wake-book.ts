import { CONSUMER_LIMITS, type DeliveryStepName } from '@moltnet/protocol'
import type { StoredWake } from '../store/consumer-port.ts'
import type { ConsumerGuard, GuardWait } from './consumer-guard.ts'
import { newWake, type Wake, type WakeFacts } from './lane.ts'
import type { ReservedTurns } from './turn-meter.ts'
import { type TakeOptions, UnsavedWakes, type WakeChanges } from './unsaved-wakes.ts'
import { TURNS, UNREPEATABLE, URGENT } from './wake-event-kinds.ts'
import { heardFrom, type JournalNote, journalAfter, newJournal } from './wake-journal.ts'
import { isHeldByGuard, operated, rowOf, statusOf } from './wake-rows.ts'
import { WakeLanes } from './wake-lanes.ts'
import { isEnded, NEW_WAKE, type WakeEvent, type WakeStatus, wakeTransition } from './wake-machine.ts'
import { tell, type WakeTeller } from './wake-notices.ts'

/** What the wakes of one consumer depend on. */
export interface WakeBookOptions extends WakeTeller {
  /** Most un-ACKed wakes. */
  readonly window: number
  readonly guard: ConsumerGuard
  now(): number
  /** Something happened that must be saved at the end of this turn: what the node said, and ends. */
  onUrgent(): void
}

/** How many open wakes wait for what. */
export interface WakeLoad {
  /** A turn runs with them. */
  readonly turns: number
  /** They wait to be sent or ACKed, those of running turns included. */
  readonly pending: number
  /** An operator has to decide about them first. */
  readonly held: number
}

/** The open wakes of one consumer: their states, and whose turn it is. */
export class WakeBook {
  readonly #options: WakeBookOptions
  readonly #lanes: WakeLanes
  /** By position. */
  readonly #open = new Map<number, Wake>()
  readonly #backoff = new Set<Wake>()
  readonly #unsaved = new UnsavedWakes()
  /** Wakes that a guard holds and that are in the store alone. */
  #aside = 0

  constructor(options: WakeBookOptions) {
    this.#options = options
    this.#lanes = new WakeLanes(options.window)
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size
  }

  /** What the open wakes wait for. */
  get load(): WakeLoad {
    const load = { turns: 0, pending: 0, held: this.#aside }
    for (const { status } of this.#open.values()) {
      if (status.turnStarted) load.turns += 1
      if (status.state === 'held') load.held += 1
      else load.pending += 1
    }
    return load
  }

  /** Whether the store does not know all of it. */
  get isUnsaved(): boolean {
    return this.#unsaved.size > 0
  }

  /** An open wake. */
  at(position: number): Wake | undefined {
    return this.#open.get(position)
  }

  /** The wake whose turn it is to be sent. */
  next(): Wake | undefined {
    if (this.#unsaved.holdsBack) return undefined
    const { guard, now } = this.#options
    this.#lanes.endWaits(now(), guard.rank)
    for (;;) {
      const wake = this.#lanes.next()
      const wait = wake && guard.wait(wake, this.#lanes)
      if (wake === undefined || wait === undefined) return wake
      this.#delay(wake, wait)
    }
  }

  /** What was taken last is in the store; whether something may be sent now that had to wait for that. */
  saved(): boolean {
    return this.#unsaved.saved()
  }

  /** Whether a guard made the conversation of a wake wait: such wakes do not grow too old. */
  hasWaited(wake: Wake): boolean {
    if (this.#lanes.laneOf(wake)?.waited === true) return true
    // Once an operator let it go, its age counts from there.
    const last = wake.journal.steps.findLast(({ step }) => GUARDED_OR_FREED.has(step))
    return last?.step === 'guarded'
  }

  /** Turns that are sure to come, all of them and those that a sender causes. */
  reserved(sender: string): ReservedTurns {
    return { all: this.#lanes.reserved, own: this.#lanes.reservedBy(sender) }
  }

  /** Takes in a wake that the scan met. A guard may hold it at once, unless `approval` does. */
  meet(facts: WakeFacts, o: { conversation: string; approval: boolean }): Wake {
    const journal = newJournal(facts.createdAt, this.#options.now())
    const wake = newWake({ facts, status: NEW_WAKE, journal })
    this.#open.set(facts.position, wake)
    this.#unsaved.add(wake)
    this.#lanes.add(wake)
    // An operator decides about each of those: they are in no chain.
    const hold = o.approval ? { reason: 'approval' } : this.#options.guard.met(wake, o.conversation)
    if (hold !== undefined) this.apply(wake, { type: 'hold' }, hold)
    return wake
  }

  /** Notes a wake of an earlier attachment that a guard holds. */
  leaveAside(): void {
    this.#aside += 1
  }

  /** Takes in a wake that a guard held until now. */
  takeBack(stored: StoredWake): Wake {
    this.#aside -= 1
    return this.restore(stored)
  }

  /** Takes in an open wake of an earlier attachment. */
  restore(stored: StoredWake): Wake {
    const status = statusOf(stored)
    const { state } = status
    const wake = newWake({ facts: stored, status, journal: stored.journal })
    this.#open.set(stored.position, wake)
    this.#lanes.add(wake)
    if (state === 'backoff') this.#backoff.add(wake)
    // Its socket was lost together with the server.
    if (state === 'sent') this.apply(wake, { type: 'server_lost' })
    return wake
  }

  /** Takes in an ended wake that an operator wants delivered after all; undefined when its state has no way back. */
  reopen(stored: StoredWake, note: JournalNote): Wake | undefined {
    const now = this.#options.now()
    const retried = operated(stored, 'retry', { now, note })
    if (retried === undefined) return undefined
    const wake = newWake({ facts: stored, ...retried })
    this.#open.set(stored.position, wake)
    this.#unsaved.add(wake)
    this.#lanes.add(wake)
    this.#hurry(wake)
    this.#tell(wake, now)
    return wake
  }

  /** Something happened to an open wake; what the wake machine makes of it. */
  apply(wake: Wake, event: WakeEvent, note?: JournalNote): WakeStatus | 'ignored' | 'invalid' {
    const { maxAttempts } = this.#options
    const now = this.#options.now()
    const { status: before, journal } = wake
    const outcome = wakeTransition(before, event, { maxAttempts, now })
    if (typeof outcome === 'string') return outcome
    this.#write(wake, journalAfter(journal, event, { before, after: outcome, now, note }))
    if (outcome !== before) {
      wake.status = outcome
      if (before.state === 'backoff') this.#backoff.delete(wake)
      if (outcome.state === 'backoff') this.#backoff.add(wake)
      this.#unsaved.add(wake)
    }
    const ended = isEnded(outcome.state)
    if (TURNS.has(event.type)) {
      if (this.#beginsTurn(wake, event, { before, journal })) this.#options.guard.turnBegan(wake)
      this.#lanes.hurryWaits()
    }
    if (ended) {
      this.#open.delete(wake.facts.position)
      this.#lanes.remove(wake)
      if (UNREPEATABLE.has(event.type)) this.#unsaved.endedForGood()
    } else this.#lanes.changed(wake)
    // That it was sent, or is due again, is found out anew after a crash.
    if (URGENT.has(event.type) || (ended && outcome !== before)) {
      this.#hurry(wake)
      if (wake.journal !== journal) this.#tell(wake, now)
    }
    return outcome
  }

  /** The agent stored a message in a conversation. */
  spoke(conversation: string): void {
    for (const wake of this.#lanes.wakesOf(conversation)) {
      const journal = heardFrom(wake.journal)
      if (journal === wake.journal) continue
      this.#write(wake, journal)
      this.#hurry(wake)
    }
  }

  /** The same for all open wakes. */
  applyToAll(event: WakeEvent): void {
    for (const wake of this.#open.values()) this.apply(wake, event)
  }

  /** Ends the waits that are over; whether there were any. */
  wakeDue(now: number): boolean {
    let due = this.#lanes.endWaits(now, this.#options.guard.rank)
    for (const wake of this.#backoff) {
      // No wait is that long: the clock was put back meanwhile.
      const isBeyond = wake.status.dueAt > now + CONSUMER_LIMITS.backoffMaxMs
      if (wake.status.dueAt > now && !isBeyond) continue
      this.apply(wake, { type: 'due' })
      due = true
    }
    return due
  }

  /** What to save. Counts as saved from now on. */
  takeChanges(o: TakeOptions): WakeChanges {
    return this.#unsaved.take(o, this.#options.now(), (wake) => {
      if (isHeldByGuard(wake.status, wake.journal)) this.#putAside(wake)
    })
  }

  /**
   * A wake that a guard holds needs no place here once it is stored: however many there are, the scan goes
   * on and memory stays bounded. It comes back when an operator lets it go.
   */
  #putAside(wake: Wake): void {
    this.#open.delete(wake.facts.position)
    this.#lanes.remove(wake)
    this.#aside += 1
  }

  #delay(wake: Wake, { until, note }: GuardWait): void {
    if (!isToldAlready(wake, note)) {
      this.#options.guard.delayed(note)
      this.apply(wake, { type: 'delay' }, note)
    }
    this.#lanes.wait(wake, until ?? Infinity)
  }

  /** Turns count when they begin, or when a wake is ACKed without a word about its turn. */
  #beginsTurn(
    wake: Wake,
    { type }: WakeEvent,
    { before, journal }: Pick<Wake, 'journal'> & { before: WakeStatus },
  ): boolean {
    const begins =
      type === 'turn_started'
        ? !before.turnStarted && !(journal.resent && journal.begun)
        : type === 'ack' && !journal.begun
    return begins && !this.#lanes.isInTurn(wake)
  }

  /** Saves a wake, and those before it, at the end of this turn. */
  #hurry(wake: Wake): void {
    this.#unsaved.hurry(wake)
    this.#options.onUrgent()
  }

  #write(wake: Wake, journal: Wake['journal']): void {
    if (journal === wake.journal) return
    wake.journal = journal
    this.#unsaved.add(wake)
  }

  /** Events go with what is urgent, in the same save. */
  #tell(wake: Wake, now: number): void {
    this.#unsaved.tell(tell(this.#options, rowOf(wake, now)))
  }
}

const GUARDED_OR_FREED: ReadonlySet<DeliveryStepName> = new Set<DeliveryStepName>([
  'guarded',
  'approved',
  'retried',
])

/** Whether the ledger says of a wake that this guard makes it wait. */
function isToldAlready({ journal: { steps } }: Wake, { guard }: JournalNote): boolean {
  const sent = steps.findLastIndex(({ step }) => step === 'sent')
  return steps.findLastIndex(({ step, reason }) => step === 'guarded' && reason === guard) > sent
}
