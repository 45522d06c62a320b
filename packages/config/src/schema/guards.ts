import { z } from 'zod'
import type { Report } from '../core/report.ts'
import { count } from './fields.ts'

/** Guards when nothing is configured. */
export const GUARD_DEFAULTS = { chainSoft: 10, chainHard: 30, turnsPerMinute: 12, turnsPerHour: 240 } as const

export const chainSoft = count.describe(
  'Wakes from agent to agent in a row, without a human, after which wakes of the conversation wait for each other and go together.',
)
export const chainHard = count.describe(
  'Wakes from agent to agent in a row, without a human, after which each further one waits for an operator.',
)
export const turnsPerMinute = count.describe(
  'Most turns of one agent in a minute. Humans always pass, and count.',
)
export const turnsPerHour = count.describe(
  'Most turns of one agent in an hour. Humans always pass, and count.',
)

/** Guards of one room. */
export const RoomGuards = z
  .strictObject({ chain_soft: chainSoft.optional(), chain_hard: chainHard.optional() })
  .describe('Guards of this room instead of the general ones.')

/** Guards of one agent. */
export const AgentGuards = z
  .strictObject({
    chain_soft: chainSoft.optional(),
    chain_hard: chainHard.optional(),
    turns_per_minute: turnsPerMinute.optional(),
    turns_per_hour: turnsPerHour.optional(),
  })
  .describe('Guards of this agent. Each counts where it is stricter than what the server has.')

/** The two settings of one chain as a file gives them. */
interface ChainKeys {
  chain_soft?: number
  chain_hard?: number
}

/** The soft limit of a chain must not lie above the hard one; `general` holds where `guards` says nothing. */
export function chainRule(guards: ChainKeys, report: Report, general: ChainKeys = {}): void {
  const { chain_soft: soft, chain_hard: hard } = { ...general, ...guards }
  if (soft === undefined || hard === undefined || soft <= hard) return
  const key = guards.chain_soft === undefined ? 'chain_hard' : 'chain_soft'
  report.fault([key], `chain_soft (${soft}) must not be more than chain_hard (${hard})`)
}
