import type { ConsumerGuards, GuardName, Target } from '@moltnet/protocol'

/** Numbers of the guards that are no settings. */
export const GUARD_LIMITS = {
  /** Wait of the first damped wake of a chain, in milliseconds; doubles with each further one … */
  dampFirstMs: 2_000,
  /** … up to this: a conversation that nobody stops costs at most one turn of each agent a minute. */
  dampMaxMs: 60_000,
  /** One sender may use all turns of an agent but one in this many; those are kept for others. */
  keptShare: 8,
} as const

/** The settings of the guards, as the configuration has them. */
export interface GuardSettings {
  readonly chainSoft: number
  readonly chainHard: number
  readonly turnsPerMinute: number
  readonly turnsPerHour: number
}

/** Limits of the chain of one conversation, for one agent. */
export interface ChainLimits {
  /** Wakes in a row after which further ones are damped. */
  readonly soft: number
  /** Wakes in a row after which further ones are held. */
  readonly hard: number
}

/** The limits that hold for one agent. */
export interface AgentLimits {
  chain(target: Target): ChainLimits
  /** No guard does anything about a chain up to this length, wherever it is. */
  readonly shortChain: number
  readonly turnsPerMinute: number
  readonly turnsPerHour: number
}

/** Guards of rooms that have their own, by room. */
export type RoomGuards = ReadonlyMap<string, Partial<Pick<GuardSettings, 'chainSoft' | 'chainHard'>>>

/**
 * The limits of an agent: those of the server, or of a room that has its own, and each of the agent's own
 * where it is stricter. Threads have the limits of their room.
 */
export function agentLimits(
  general: GuardSettings,
  rooms: RoomGuards,
  own: ConsumerGuards = {},
): AgentLimits {
  const chainOf = (room: Partial<GuardSettings> = {}): ChainLimits => ({
    soft: stricter(room.chainSoft ?? general.chainSoft, own.chain_soft),
    hard: stricter(room.chainHard ?? general.chainHard, own.chain_hard),
  })
  const all = [chainOf(), ...[...rooms.values()].map(chainOf)]
  return {
    chain: (target) => chainOf(target.kind === 'dm' ? undefined : rooms.get(target.room_id)),
    shortChain: Math.min(...all.map(({ soft, hard }) => Math.min(soft, hard))),
    turnsPerMinute: stricter(general.turnsPerMinute, own.turns_per_minute),
    turnsPerHour: stricter(general.turnsPerHour, own.turns_per_hour),
  }
}

function stricter(limit: number, own: number | undefined): number {
  return own === undefined ? limit : Math.min(limit, own)
}

/** What the chain guard does with the wake that is the `inRow`-th of its chain. */
export function chainAction(inRow: number, { soft, hard }: ChainLimits): 'pass' | 'damp' | 'hold' {
  if (inRow > hard) return 'hold'
  return inRow > soft ? 'damp' : 'pass'
}

/** How long the `inRow`-th wake of a chain waits for others, in milliseconds; only beyond the soft limit. */
export function dampMs(inRow: number, { soft }: Pick<ChainLimits, 'soft'>): number {
  // 2 ** 20 times the first wait is far beyond the longest one; the bound keeps the power finite.
  const doubled = GUARD_LIMITS.dampFirstMs * 2 ** Math.min(Math.max(inRow - soft - 1, 0), 20)
  return Math.min(doubled, GUARD_LIMITS.dampMaxMs)
}

/** Turns of one agent in a window of time. */
export interface TurnUse {
  /** All, with those that are sure to come. */
  readonly total: number
  /** Those that the asking sender caused. */
  readonly own: number
  /** How many senders caused any. */
  readonly senders: number
}

/**
 * Whether a sender may cause one more turn. The last turns of a window are kept for senders that have used
 * less than their share, so that nobody finds the turns of an agent used up by somebody else alone.
 */
export function hasTurnLeft(limit: number, { total, own, senders }: TurnUse): boolean {
  if (total >= limit) return false
  // At first the turns of even the only sender are still to come.
  const share = Math.floor(limit / (Math.max(senders, 1) + 1))
  return isRoomy(limit, total) || own < share
}

/** Whether so many turns leave room for everybody, whoever asks. */
export function isRoomy(limit: number, total: number): boolean {
  return total < limit - Math.floor(limit / GUARD_LIMITS.keptShare)
}

/** What a guard did, as the ledger tells people. */
export function guardDetail(
  guard: GuardName,
  limit: number,
  facts: { inRow?: number; waitMs?: number },
): string {
  const wait = facts.waitMs === undefined ? '' : `; waits ${duration(facts.waitMs)}`
  switch (guard) {
    case 'chain_soft':
      return `number ${facts.inRow} in a row from agent to agent without a human, the limit is ${limit}${wait}`
    case 'chain_hard':
      return `number ${facts.inRow} in a row from agent to agent without a human, the limit is ${limit}`
    case 'turns_per_minute':
      return `the agent has had its turns of a minute, the limit is ${limit}${wait}`
    case 'turns_per_hour':
      return `the agent has had its turns of an hour, the limit is ${limit}${wait}`
  }
}

function duration(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000))
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}
