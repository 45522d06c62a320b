import { until } from '../../support/condition.ts'
import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

/** Longest wait until the disk is full: the tracer makes each write slow, in milliseconds. */
const REFUSED_MS = 120_000

fault(
  {
    id: 'disk-full',
    about: 'the disk is full for a while (ENOSPC at each write to the log of the database): 503, then on',
    rounds: { ci: 4, full: 40 },
    roundMs: 120_000,
  },
  async ({ rounds, seed }) => {
    await using world = await World.start({ seed })
    await world.server.kill()
    let refusals = 0
    for (let round = 0; round < rounds; round++) {
      const first = 30 + world.random.below(300)
      const last = first + 1 + world.random.below(30)
      const inject = `inject=pwrite64:error=ENOSPC:when=${first}..${last}`
      // As a grandchild (-D) the tracer is not what a kill hits.
      const under = ['strace', '-D', '-f', '-qqq', '-o', '/dev/null', '-P', `${world.database}-wal`]
      await world.server.start({ under: [...under, '-e', 'trace=pwrite64', '-e', inject] })
      const { process } = world.server
      await until(
        () => process.log().includes('there is no space left on its disk'),
        () => `a write is refused, from ${first} to ${last}; the log:\n${process.log().slice(-2_000)}`,
        REFUSED_MS,
      )
      refusals += 1
      // The same process takes messages again as soon as there is room.
      await world.progress(50)
      await world.server.kill()
    }
    await world.server.start()
    return { counts: await world.finish(), figures: { 'times the disk was full': refusals } }
  },
)
