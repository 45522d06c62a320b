import { expect } from 'bun:test'
import { until } from '../../support/condition.ts'
import { type Fault, fault, type FaultResult, type FaultRun } from '../fault.ts'
import { type AgentAccount, compareLedger, countOf } from '../harness/ledger.ts'
import { World } from '../harness/world.ts'

const AGENTS = ['ada', 'ben', 'cleo']

/** Longest wait for a turn to begin or to end, in milliseconds: each starts a process, and a retry waits its turn. */
const TURN_MS = 60_000

/** Messages in the turn that an agent is in, or was in when its node was killed. */
function inFlight(world: World, agent: string): readonly string[] {
  return world.turns(agent).findLast(({ event }) => event === 'start')?.ids ?? []
}

/** Keeps every agent in its next turn and waits until each is in one. */
async function holdAll(world: World): Promise<void> {
  const before = new Map(AGENTS.map((agent) => [agent, world.turns(agent).length]))
  for (const agent of AGENTS) world.fleet?.hold(agent)
  for (const agent of AGENTS) {
    await until(
      () => {
        const turns = world.turns(agent)
        return turns.length > (before.get(agent) ?? 0) && turns.at(-1)?.event === 'start'
      },
      () => `${agent} is in a turn; the node:\n${world.fleet?.node.log().slice(-3_000)}`,
      TURN_MS,
    )
  }
}

/** How often each message was in a turn that a kill broke off. */
class Tally {
  readonly #counts = new Map<string, number>()

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  add(id: string): void {
    this.#counts.set(id, this.of(id) + 1)
  }

  of(id: string): number {
    return this.#counts.get(id) ?? 0
  }
}

/** Lets an agent go on and waits until the turn with these messages has ended. */
async function releaseUntilEnded(
  world: World,
  { agent, ids }: { agent: string; ids: readonly string[] },
): Promise<void> {
  world.fleet?.release(agent)
  await until(
    () => {
      const ends = countOf(world.turns(agent), 'end')
      return ids.every((id) => ends.has(id))
    },
    () => `the turn of ${agent} has ended; the node:\n${world.fleet?.node.log().slice(-3_000)}`,
    TURN_MS,
  )
}

/** Kills in the middle of turns, `rounds` times, and accounts for every message. */
async function killInTurns(
  { rounds, seed }: FaultRun,
  {
    kill,
    nodeDies,
    serverDies,
  }: { kill(world: World): Promise<void>; nodeDies: boolean; serverDies: boolean },
): Promise<FaultResult> {
  await using world = await World.start({
    seed,
    fleet: AGENTS,
    readers: ['durable', 'walker'],
    writers: [{ name: 'w1', mentions: 0.9, pauseMs: 60 }],
  })
  const broken = new Tally()
  for (let round = 0; round < rounds; round++) {
    await holdAll(world)
    const held = new Map(AGENTS.map((agent) => [agent, inFlight(world, agent)]))
    await kill(world)
    if (nodeDies) for (const id of [...held.values()].flat()) broken.add(id)
    await world.progress(2)
    if (nodeDies) await world.fleet?.startNode()
    // A turn that is broken off five times is given up: each has to end before the next kill.
    for (const [agent, ids] of held) await releaseUntilEnded(world, { agent, ids })
  }
  const counts = await world.finish()
  const accounts: AgentAccount[] = []
  for (const agent of AGENTS) {
    const concerns = world.concerns(agent)
    const turns = () => world.turns(agent)
    const unknown = (id: string) => (serverDies ? broken.of(id) : 0)
    accounts.push(await compareLedger(world.server.client, { agent, concerns, turns, unknown }))
    for (const [id, starts] of countOf(turns(), 'start'))
      expect({ id, again: starts - 1 }).toEqual({ id, again: Math.min(starts - 1, broken.of(id)) })
  }
  const total = (key: keyof AgentAccount) => accounts.reduce((sum, account) => sum + account[key], 0)
  const figures = {
    wakes: total('wakes'),
    'turns begun': total('turnsStarted'),
    'messages in turns that were broken off': broken.total,
    'messages begun again': total('startedAgain'),
  }
  return { counts, figures }
}

const SPEC: Pick<Fault, 'rounds' | 'roundMs'> = { rounds: { ci: 5, full: 50 }, roundMs: 30_000 }

fault({ ...SPEC, id: 'node-kill', about: 'kill -9 of the node in the middle of turns' }, (run) =>
  killInTurns(run, {
    nodeDies: true,
    serverDies: false,
    kill: async ({ fleet }) => {
      await fleet?.killNode()
    },
  }),
)

fault({ ...SPEC, id: 'both-kill', about: 'kill -9 of server and node in the middle of turns' }, (run) =>
  killInTurns(run, {
    nodeDies: true,
    serverDies: true,
    kill: async ({ fleet, server }) => {
      await Promise.all([fleet?.killNode(), server.kill()])
      await server.start()
    },
  }),
)

fault(
  {
    ...SPEC,
    id: 'server-kill-in-turns',
    about: 'kill -9 of the server in the middle of turns, which go on and are not repeated',
  },
  (run) =>
    killInTurns(run, {
      nodeDies: false,
      serverDies: true,
      kill: async ({ server }) => {
        await server.kill()
        await server.start()
      },
    }),
)
