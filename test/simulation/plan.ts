import type { WakeRule } from '@moltnet/protocol'
import { Random } from './random.ts'

/** What can be done to a world. */
export const FAULTS = [
  'server_crash',
  'server_restart',
  'node_crash',
  'node_restart',
  'cut',
  'half_open',
  'partition',
  'stall',
  'disk_full',
  'lost_answers',
  'take_over',
  'clock_jump',
  'slow_network',
] as const
export type FaultName = (typeof FAULTS)[number]

/** What an agent is woken for in one room. */
export interface RoomPlan {
  readonly id: string
  readonly wake: WakeRule
  readonly approval: boolean
}

/** What an agent subscribes to. */
export interface SubscriptionPlan {
  readonly rooms: readonly RoomPlan[]
  readonly dms: { readonly enabled: boolean; readonly approval: boolean }
}

/** How an agent's runtime behaves while there are faults; each a probability. */
export interface RuntimePlan {
  readonly failed: number
  readonly unavailable: number
  readonly busy: number
  readonly hangs: number
  readonly speaks: number
  /** Longest usual turn, in milliseconds. */
  readonly turnMs: number
}

/** Everything about a world that is settled before it begins: each seed stresses something else. */
export interface Plan {
  readonly seed: number
  readonly agents: readonly string[]
  readonly rooms: readonly string[]
  readonly window: number
  readonly maxConcurrent: number
  readonly turnTimeoutMs: number
  readonly maxAttempts: number
  readonly expireMs: number
  /** Entries of the log that are kept at most; undefined: all. */
  readonly maxCount: number | undefined
  readonly stallMs: number
  readonly messages: number
  readonly writers: number
  /** How long there are faults, in milliseconds. */
  readonly faultMs: number
  readonly faults: readonly FaultName[]
  /** Mean time between two faults, in milliseconds. */
  readonly faultEveryMs: number
  readonly runtime: RuntimePlan
  readonly resubscribes: boolean
  readonly operates: boolean
}

const RULES: readonly WakeRule[] = ['all', 'all', 'mentions', 'thread_only', 'never']

/** The plan of a seed. */
export function planOf(seed: number): Plan {
  const random = new Random(seed, 'plan')
  const names = (letter: string, count: number) =>
    Array.from({ length: count }, (_, at) => `${letter}${at + 1}`)
  const maybe = (probability: number, most: number) =>
    random.chance(probability) ? random.between(0, most) : 0
  const messages = random.int(15, 60)
  return {
    seed,
    agents: names('agent', random.int(1, 3)),
    rooms: names('room', random.int(1, 3)),
    window: random.pick([1, 2, 3, 8, 64]),
    maxConcurrent: random.int(1, 4),
    turnTimeoutMs: random.pick([2_000, 20_000]),
    maxAttempts: random.pick([1, 2, 3, 8]),
    expireMs: random.chance(0.2) ? random.int(5_000, 60_000) : 30 * 86_400_000,
    maxCount: random.chance(0.3) ? random.int(5, 60) : undefined,
    stallMs: random.pick([5_000, 60_000]),
    messages,
    writers: random.int(1, 3),
    faultMs: random.int(5_000, 40_000),
    faults: random.some(FAULTS, random.pick([0.15, 0.4, 0.8])),
    faultEveryMs: random.pick([800, 2_500, 8_000]),
    runtime: {
      failed: maybe(0.6, 0.4),
      unavailable: maybe(0.4, 0.3),
      busy: maybe(0.4, 0.3),
      hangs: maybe(0.3, 0.2),
      speaks: maybe(0.7, 0.4),
      turnMs: random.pick([5, 200, 3_000]),
    },
    resubscribes: random.chance(0.35),
    operates: random.chance(0.5),
  }
}

/** A subscription made up for an agent. */
export function subscriptionPlan(plan: Plan, random: Random): SubscriptionPlan {
  return {
    rooms: plan.rooms
      .map((id) => ({ id, wake: random.pick(RULES), approval: random.chance(0.12) }))
      .filter(({ wake }) => wake !== 'never'),
    dms: { enabled: random.chance(0.8), approval: random.chance(0.1) },
  }
}
