import type { HttpClient } from '@moltnet/client'
import type { Wake } from '@moltnet/protocol'
import { until } from '../../support/condition.ts'
import type { Turn } from '../../support/fleet.ts'

/** Longest wait for the last turns, in milliseconds. */
const END_MS = 120_000

/** States of a wake whose turn came to its end. */
const ENDED: readonly string[] = ['spoke', 'silent', 'acked']

/** What the ledger and a stub runtime's own notes say about one agent. */
export interface AgentAccount {
  /** Messages that had to wake it. */
  readonly wakes: number
  readonly turnsStarted: number
  /** Starts of a message beyond its first. */
  readonly startedAgain: number
}

/** What is compared. */
export interface LedgerQuestion {
  readonly agent: string
  /** Messages that had to wake it. */
  readonly concerns: readonly string[]
  readonly turns: () => readonly Turn[]
  /**
   * Starts of a message that the ledger may not know of: that a wake was sent is written with the next word
   * of the node about it, so a server that dies in between has not noted it. It is sent again.
   */
  readonly unknown: (id: string) => number
}

/**
 * Compares the ledger of an agent with the notes of its runtime. Throws when a message of `concerns` has no
 * ended wake, a wake is about another message, a message was started more often than it was sent, or one
 * that is told to be done was never ended by the runtime.
 */
export async function compareLedger(
  client: HttpClient,
  { agent, concerns, turns, unknown }: LedgerQuestion,
): Promise<AgentAccount> {
  const wakes = await until(
    async () => {
      const found = await allWakes(client, agent)
      const open = found.filter(({ state }) => !ENDED.includes(state))
      return open.length === 0 && found.length >= concerns.length && found
    },
    `every wake of ${agent} has ended in the ledger`,
    END_MS,
  )
  const noted = turns()
  const starts = countOf(noted, 'start')
  const ends = countOf(noted, 'end')
  const told = new Map(wakes.map((wake) => [wake.message_id as string, wake]))
  if (told.size !== wakes.length) throw new Error(`${agent} has two wakes of one message`)
  for (const id of told.keys()) if (!concerns.includes(id)) throw new Error(`${agent} was woken by ${id}`)
  for (const id of concerns) {
    const wake = told.get(id)
    if (wake === undefined) throw new Error(`${agent} has no wake of ${id}`)
    const started = starts.get(id) ?? 0
    if (started > wake.sends + unknown(id))
      throw new Error(`${id}: sent ${wake.sends} times, started ${started} times`)
    if (!ends.has(id)) throw new Error(`${id} is ${wake.state}, and the runtime never ended it`)
    const { deliveries } = await client.listDeliveries(id)
    const same = deliveries.find((delivery) => delivery.agent_id === agent)
    if (same?.state !== wake.state)
      throw new Error(`${id}: the message says ${same?.state}, the agent ${wake.state}`)
  }
  const turnsStarted = noted.filter(({ event }) => event === 'start').length
  const startedAgain = [...starts.values()].reduce((sum, count) => sum + count - 1, 0)
  return { wakes: wakes.length, turnsStarted, startedAgain }
}

/** How often each message began or ended a turn. */
export function countOf(turns: readonly Turn[], event: Turn['event']): Map<string, number> {
  const counts = new Map<string, number>()
  for (const turn of turns) {
    if (turn.event !== event) continue
    for (const id of turn.ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

async function allWakes(client: HttpClient, agent: string): Promise<Wake[]> {
  const all: Wake[] = []
  let before: string | undefined
  do {
    const page = await client.listAgentWakes(agent, { limit: 500, ...(before && { before }) })
    all.push(...page.wakes)
    before = page.page.has_more ? page.page.next_before : undefined
  } while (before !== undefined)
  return all
}
