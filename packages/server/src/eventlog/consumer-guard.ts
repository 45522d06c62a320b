import { conversationKey, type GuardName, type Target } from '@moltnet/protocol'
import { type AgentLimits, chainAction, dampMs, guardDetail } from '../domain/guards.ts'
import type { Chains } from './chains.ts'
import { isFree, type LaneView, type Wake } from './lane.ts'
import { type BegunTurn, type ReservedTurns, TurnMeter } from './turn-meter.ts'
import type { JournalNote } from './wake-journal.ts'
import type { WakeLanes } from './wake-lanes.ts'

/** What guards did since the server started. */
export class GuardActions {
  readonly #counts = new Map<string, number>()

  add(guard: GuardName, action: GuardAction): void {
    const key = `${guard} ${action}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  of(guard: GuardName, action: GuardAction): number {
    return this.#counts.get(`${guard} ${action}`) ?? 0
  }
}

/** A guard makes a wake wait for time, or holds it for an operator. */
export type GuardAction = 'delayed' | 'held'

/** What the guard of one consumer depends on. */
export interface ConsumerGuardOptions {
  readonly limits: AgentLimits
  readonly chains: Chains
  readonly actions: GuardActions
  /** The agent's turns of the last hour. */
  readonly turns: readonly BegunTurn[]
  /** Unix time in milliseconds. */
  now(): number
}

/** A message of an agent, as far as guards look at it. */
export interface AgentMessage {
  readonly target: Target
  /** Its sender, `alpha` or `net_b:alpha`. */
  readonly byAgent: string
}

/** What the next message of an agent would meet in a conversation. */
export function chainGuard(target: Target, chains: Chains, limits: AgentLimits): GuardName | undefined {
  const action = chainAction(chains.length(conversationKey(target)) + 1, limits.chain(target))
  return action === 'hold' ? 'chain_hard' : action === 'damp' ? 'chain_soft' : undefined
}

/** A wake that must wait. */
export interface GuardWait {
  /** Unix time in milliseconds; undefined: until turns of the agent begin or end. */
  readonly until: number | undefined
  readonly note: JournalNote
}

/**
 * The guards of one agent: says which of its wakes are held, and which wait before they are sent. Messages
 * of humans, and what an operator let go, are never stopped; what they cause counts.
 */
export class ConsumerGuard {
  readonly #options: ConsumerGuardOptions
  readonly #meter: TurnMeter
  /** Wakes in a row of conversations that the scan reads late, when others have been counted already. */
  readonly #late = new Map<string, number>()

  constructor(options: ConsumerGuardOptions) {
    this.#options = options
    this.#meter = new TurnMeter(options.limits)
    for (const turn of options.turns) this.#meter.begun(turn)
  }

  /** The scan saw a human's message in a conversation. */
  humanSpoke(conversation: string): void {
    if (this.#late.size > 0) this.#late.delete(conversation)
  }

  /** What would stop a message that is not there yet. */
  on({ target, byAgent }: AgentMessage, reserved: ReservedTurns): GuardName | undefined {
    const { chains, limits, now } = this.#options
    const chain = chainGuard(target, chains, limits)
    if (chain === 'chain_hard') return chain
    return this.#meter.lack(now(), byAgent, reserved)?.guard ?? chain
  }

  /** Counts a wake that the scan met. Why it must be held; undefined: it need not. */
  met(wake: Wake, conversation: string): JournalNote | undefined {
    const { byAgent, position, target } = wake.facts
    if (byAgent === undefined) return undefined
    const { chains, limits, actions } = this.#options
    const inRow = chains.count(conversation, position) ?? this.#countLate(conversation)
    if (inRow <= limits.shortChain) return undefined
    wake.inRow = inRow
    const chain = limits.chain(target)
    if (chainAction(inRow, chain) !== 'hold') return undefined
    actions.add('chain_hard', 'held')
    const detail = guardDetail('chain_hard', chain.hard, { inRow })
    return { reason: 'guard', guard: 'chain_hard', detail }
  }

  /** Whether a wake that would be sent now must wait. */
  wait(wake: Wake, lanes: WakeLanes): GuardWait | undefined {
    const lane = lanes.laneOf(wake)
    // What stands before a human's message goes with it: the order of a conversation is kept.
    if (lane === undefined || lane.free > 0 || isFree(wake)) return undefined
    return this.#damping(wake, lane) ?? this.#lackOfTurns(wake, lanes)
  }

  /** A wake waits that did not before. */
  delayed({ guard }: JournalNote): void {
    if (guard !== undefined) this.#options.actions.add(guard, 'delayed')
  }

  /** A turn began with a wake, and none of its conversation ran. */
  turnBegan({ facts }: Wake): void {
    this.#meter.begun({ at: this.#options.now(), sender: facts.byAgent ?? '' })
  }

  /** Turns that the sender of a wake caused lately: whoever caused fewer is served first. */
  readonly rank = ({ facts }: Wake): number => this.#meter.used(facts.byAgent ?? '')

  #countLate(conversation: string): number {
    const inRow = (this.#late.get(conversation) ?? 0) + 1
    this.#late.set(conversation, inRow)
    return inRow
  }

  #damping(wake: Wake, lane: LaneView): GuardWait | undefined {
    const { inRow, facts } = wake
    if (inRow === undefined || wake.status.sends > 0 || facts.position <= lane.openUpTo) return undefined
    const { chains, limits, now } = this.#options
    const chain = limits.chain(facts.target)
    // A human may have spoken since it was counted.
    if (chainAction(inRow, chain) !== 'damp' || chains.length(lane.key) <= chain.soft) return undefined
    const longestMs = dampMs(inRow, chain)
    // By a clock that was set back the message is still to be written.
    lane.dampedUntil = Math.min(lane.dampedUntil ?? facts.createdAt + longestMs, now() + longestMs)
    const waitMs = lane.dampedUntil - now()
    if (waitMs > 0) {
      const detail = guardDetail('chain_soft', chain.soft, { inRow, waitMs })
      return { until: lane.dampedUntil, note: { reason: 'chain_soft', guard: 'chain_soft', detail } }
    }
    lane.dampedUntil = undefined
    lane.openUpTo = lane.wakes.at(-1)?.facts.position ?? 0
    return undefined
  }

  #lackOfTurns(wake: Wake, lanes: WakeLanes): GuardWait | undefined {
    // A turn that ran on without a socket was counted when it began.
    if (this.#meter.isRoomy(lanes.reserved) || wake.journal.begun || lanes.turnsMore(wake) === 0)
      return undefined
    const now = this.#options.now()
    const sender = wake.facts.byAgent ?? ''
    const lack = this.#meter.lack(now, sender, { all: lanes.reserved, own: lanes.reservedBy(sender) })
    if (lack === undefined) return undefined
    const { guard, limit, until } = lack
    const waitMs = until === undefined ? undefined : until - now
    return { until, note: { reason: guard, guard, detail: guardDetail(guard, limit, { waitMs }) } }
  }
}
