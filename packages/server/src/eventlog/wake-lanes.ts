import { CONSUMER_LIMITS, conversationKey } from '@moltnet/protocol'
import type { StoredJournal, StoredWake } from '../store/consumer-port.ts'
import type { WakeState, WakeStatus } from './wake-machine.ts'

/** What a wake is about; never changes. */
export type WakeFacts = Pick<
  StoredWake,
  'position' | 'messageId' | 'target' | 'cause' | 'targeted' | 'createdAt'
>

/** An open wake of one consumer. */
export interface Wake {
  readonly facts: WakeFacts
  status: WakeStatus
  /** What happened to it so far. */
  journal: StoredJournal
}

/** The open wakes of one conversation, in log order. */
interface Lane {
  readonly key: string
  readonly wakes: Wake[]
  /** How many are on the socket. */
  sent: number
}

/**
 * Which wake of a consumer is sent next: conversations are served in turn, each in its own order, within
 * the window. Held wakes, and wakes that are being retried, hold back later ones of their own
 * conversation only.
 */
export class WakeLanes {
  readonly #window: number
  readonly #lanes = new Map<string, Lane>()
  /** Lanes that may have something to send, the next one first. */
  readonly #turn = new Set<Lane>()
  #sent = 0

  constructor(window: number) {
    this.#window = window
  }

  /** Takes in an open wake. */
  add(wake: Wake): void {
    const key = conversationKey(wake.facts.target)
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { key, wakes: [], sent: 0 }
      this.#lanes.set(key, lane)
    }
    let at = lane.wakes.length
    while (at > 0 && (lane.wakes[at - 1] as Wake).facts.position > wake.facts.position) at -= 1
    lane.wakes.splice(at, 0, wake)
    this.#count(lane, 'pending', wake.status.state)
    this.#turn.add(lane)
  }

  /** Notes that the state of a wake changed. Once it is sent, it is the turn of other conversations. */
  changed(wake: Wake, before: WakeState): void {
    const lane = this.#laneOf(wake)
    if (lane === undefined) return
    this.#count(lane, before, wake.status.state)
    if (wake.status.state === 'sent') this.#turn.delete(lane)
    this.#turn.add(lane)
  }

  /** Takes out a wake that ended; its status is the last one already. */
  remove(wake: Wake, before: WakeState): void {
    const lane = this.#laneOf(wake)
    if (lane === undefined) return
    this.#count(lane, before, 'done')
    lane.wakes.splice(lane.wakes.indexOf(wake), 1)
    if (lane.wakes.length > 0) {
      this.#turn.add(lane)
      return
    }
    this.#lanes.delete(lane.key)
    this.#turn.delete(lane)
  }

  /** The open wakes of a conversation, in log order. */
  wakesOf(conversation: string): readonly Wake[] {
    return this.#lanes.get(conversation)?.wakes ?? []
  }

  /** The wake whose turn it is; undefined when the window is full or every conversation must wait. */
  next(): Wake | undefined {
    if (this.#sent >= this.#window) return undefined
    for (const lane of this.#turn) {
      const wake = nextOf(lane)
      if (wake !== undefined) return wake
      this.#turn.delete(lane)
    }
    return undefined
  }

  #laneOf(wake: Wake): Lane | undefined {
    return this.#lanes.get(conversationKey(wake.facts.target))
  }

  #count(lane: Lane, before: WakeState, after: WakeState): void {
    const change = (after === 'sent' ? 1 : 0) - (before === 'sent' ? 1 : 0)
    lane.sent += change
    this.#sent += change
  }
}

function nextOf(lane: Lane): Wake | undefined {
  if (lane.sent >= CONSUMER_LIMITS.windowPerConversation) return undefined
  for (const wake of lane.wakes) {
    const { state, retries } = wake.status
    if (state === 'pending') return wake
    if (state !== 'sent' || retries > 0) return undefined
  }
  return undefined
}
