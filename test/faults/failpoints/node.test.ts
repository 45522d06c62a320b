import type { Failpoint } from '@moltnet/failpoints'
import { expect } from 'bun:test'
import { fault, type FaultResult, type FaultRun } from '../fault.ts'
import { compareLedger } from '../harness/ledger.ts'
import { World } from '../harness/world.ts'

const AGENT = 'ada'

/** Highest turn at whose end the node dies. */
const MOST_PASSES = 4

/** A turn that is broken off five times is given up: no turn dies more often than this. */
const MOST_DEATHS = 4

/** Lets the node die at a place between the end of a turn and its ACK, `rounds` times. */
async function dieAt({ rounds, seed }: FaultRun, point: Failpoint): Promise<FaultResult> {
  await using world = await World.start({ seed, fleet: [AGENT], readers: ['durable'], writers: [] })
  await world.fleet?.killNode()
  world.write([{ name: 'w1', mentions: 0.9, pauseMs: 80 }])
  // How often the turn has died with which the node begins.
  let deaths = 0
  for (let round = 0; round < rounds; round++) {
    const pass = deaths < MOST_DEATHS ? 1 + world.random.below(MOST_PASSES) : 2
    deaths = pass === 1 ? deaths + 1 : 1
    await world.fleet?.startNode({ MOLTNET_FAILPOINT: `${point}:${pass}` })
    expect(await world.fleet?.node.exited).toBe(137)
  }
  await world.fleet?.startNode()
  const counts = await world.finish()
  const { turnsStarted, startedAgain } = await compareLedger(world.server.client, {
    agent: AGENT,
    concerns: world.concerns(AGENT),
    turns: () => world.turns(AGENT),
    unknown: () => 0,
  })
  const figures = { 'turns begun': turnsStarted, 'messages begun again': startedAgain }
  return { counts, figures }
}

const SPEC = { rounds: { ci: 5, full: 50 }, roundMs: 20_000 }

fault(
  { ...SPEC, id: 'after-turn', about: 'the node dies between the end of a turn and its note' },
  async (run) => {
    const result = await dieAt(run, 'after_turn')
    // Nobody can know that the turn had ended, so its messages come again.
    expect(result.figures?.['messages begun again']).toBeGreaterThanOrEqual(run.rounds)
    return result
  },
)

fault(
  { ...SPEC, id: 'before-ack', about: 'the node dies between the note of a turn and its ACK' },
  async (run) => {
    const result = await dieAt(run, 'before_ack')
    expect(result.figures?.['messages begun again']).toBe(0)
    return result
  },
)
