import type { Failpoint } from '@moltnet/failpoints'
import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

/** Highest pass at which the server dies: some of the deaths come while it starts, most under load. */
const MOST_PASSES = 120

const POINTS: readonly { point: Failpoint; about: string }[] = [
  { point: 'before_commit', about: 'the server dies before a commit' },
  { point: 'after_commit', about: 'the server dies after a commit, before fan-out and answer' },
  { point: 'after_fan_out', about: 'the server dies after fan-out, before the answer' },
  { point: 'before_consumer_save', about: 'the server dies after the answer, before consumers are saved' },
]

for (const { point, about } of POINTS) {
  fault(
    { id: point.replaceAll('_', '-'), about, rounds: { ci: 5, full: 50 }, roundMs: 20_000 },
    async ({ rounds, seed }) => {
      await using world = await World.start({ seed })
      await world.server.kill()
      for (let round = 0; round < rounds; round++) {
        const pass = 1 + world.random.below(MOST_PASSES)
        await world.startToDie({ env: { MOLTNET_FAILPOINT: `${point}:${pass}` } })
      }
      await world.server.start()
      return { counts: await world.finish() }
    },
  )
}
