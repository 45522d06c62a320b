import { conversationKey } from '@moltnet/protocol'
import {
  changeOf,
  type Lane,
  type LaneView,
  MARKS,
  marksOf,
  newLane,
  nextOf,
  turnsOfLane,
  turnsToCome,
  type Wake,
} from './lane.ts'

/**
 * Which wake of a consumer is sent next: conversations are served in turn, each in its own order, within
 * the window. Wakes that wait for approval or are being retried hold back later ones of their own
 * conversation only. Those that a guard holds hold back nothing: the guard holds the later ones itself.
 */
export class WakeLanes {
  readonly #window: number
  readonly #lanes = new Map<string, Lane>()
  /** Lanes that may have something to send, the next one first. */
  #turn = new Set<Lane>()
  /** Lanes that a guard makes wait, and until when: Unix time in milliseconds. */
  readonly #waiting = new Map<Lane, number>()
  #firstDue = Infinity
  /** When waits were looked at last: a clock that was set back since makes all of them doubtful. */
  #lookedAt = -Infinity
  #sent = 0
  #reserved = 0

  constructor(window: number) {
    this.#window = window
  }

  /** Takes in an open wake. */
  add(wake: Wake): void {
    const key = conversationKey(wake.facts.target)
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = newLane(key)
      this.#lanes.set(key, lane)
    }
    let at = lane.wakes.length
    while (at > 0 && (lane.wakes[at - 1] as Wake).facts.position > wake.facts.position) at -= 1
    lane.wakes.splice(at, 0, wake)
    wake.lane = lane
    this.#count(lane, wake, marksOf(wake))
    this.#ready(lane)
  }

  /** Notes that the state of a wake changed. Once it is sent, it is the turn of other conversations. */
  changed(wake: Wake): void {
    const { lane } = wake
    if (lane === undefined) return
    const isSent = wake.status.state === 'sent'
    const wasSent = (wake.marks & MARKS.sent) > 0
    this.#count(lane, wake, marksOf(wake))
    if (isSent && !wasSent) this.#turn.delete(lane)
    this.#ready(lane)
  }

  /** Takes out a wake that ended, or that nothing more is done with here. */
  remove(wake: Wake): void {
    const { lane } = wake
    if (lane === undefined) return
    this.#count(lane, wake, 0)
    wake.lane = undefined
    lane.wakes.splice(lane.wakes.indexOf(wake), 1)
    if (lane.wakes.length > 0) {
      this.#ready(lane)
      return
    }
    this.#lanes.delete(lane.key)
    this.#turn.delete(lane)
    this.#waiting.delete(lane)
  }

  /** The open wakes of a conversation, in log order. */
  wakesOf(conversation: string): readonly Wake[] {
    return this.#lanes.get(conversation)?.wakes ?? []
  }

  /** The conversation of an open wake. */
  laneOf({ lane }: Wake): LaneView | undefined {
    return lane
  }

  /** Turns that are sure to come: of wakes that are with the node and in no turn yet. */
  get reserved(): number {
    return this.#reserved
  }

  /** Of those, at most how many a sender causes. Looks at every wake: ask when it matters. */
  reservedBy(sender: string): number {
    let count = 0
    for (const { wakes } of this.#lanes.values()) {
      for (const { marks, facts } of wakes)
        if ((marks & MARKS.waiting) > 0 && (facts.byAgent ?? '') === sender) count += 1
    }
    return count
  }

  /** How many more turns are sure to come once a wake is sent. It may go into one that is already. */
  turnsMore({ lane }: Wake): number {
    return lane === undefined ? 1 : turnsToCome(lane.waiting + 1, lane.running) - turnsOfLane(lane)
  }

  /** Whether a turn runs with another wake of the same conversation. */
  isInTurn({ lane, marks }: Wake): boolean {
    const own = (marks & MARKS.running) > 0 ? 1 : 0
    return (lane?.running ?? 0) > own
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

  /** Lets the conversation of a wake wait until then, or until it has something new. */
  wait({ lane }: Wake, until: number): void {
    if (lane === undefined) return
    lane.waited = true
    this.#turn.delete(lane)
    this.#waiting.set(lane, until)
    this.#firstDue = Math.min(this.#firstDue, until)
  }

  /**
   * Ends the waits that are over, all of them when the clock was set back; whether there were any. Those
   * conversations are served first, in the order of `rank` of their next wakes.
   */
  endWaits(now: number, rank: (wake: Wake) => number): boolean {
    const wentBack = now < this.#lookedAt
    this.#lookedAt = now
    if (this.#firstDue > now && !wentBack) return false
    const due: { lane: Lane; rank: number }[] = []
    this.#firstDue = Infinity
    for (const [lane, until] of this.#waiting) {
      if (until > now && !wentBack) {
        this.#firstDue = Math.min(this.#firstDue, until)
        continue
      }
      this.#waiting.delete(lane)
      const wake = nextOf(lane)
      if (wake !== undefined) due.push({ lane, rank: rank(wake) })
    }
    if (due.length === 0) return false
    due.sort((a, b) => a.rank - b.rank)
    this.#turn = new Set([...due.map(({ lane }) => lane), ...this.#turn])
    return true
  }

  /** Makes every wait end the next time that somebody asks. */
  hurryWaits(): void {
    if (this.#waiting.size === 0) return
    for (const lane of this.#waiting.keys()) this.#waiting.set(lane, -Infinity)
    this.#firstDue = -Infinity
  }

  #ready(lane: Lane): void {
    this.#waiting.delete(lane)
    this.#turn.add(lane)
  }

  #count(lane: Lane, wake: Wake, marks: number): void {
    const before = wake.marks
    if (before === marks) return
    const turns = turnsOfLane(lane)
    wake.marks = marks
    const sent = changeOf(MARKS.sent, before, marks)
    lane.sent += sent
    lane.waiting += changeOf(MARKS.waiting, before, marks)
    lane.running += changeOf(MARKS.running, before, marks)
    lane.free += changeOf(MARKS.free, before, marks)
    this.#sent += sent
    this.#reserved += turnsOfLane(lane) - turns
  }
}
