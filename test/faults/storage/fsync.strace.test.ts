import { expect } from 'bun:test'
import { until } from '../../support/condition.ts'
import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

/** Highest fsync that fails: some of the failures come while the server starts, most under load. */
const MOST_SYNCS = 200

for (const [error, what] of [
  ['EIO', 'the disk has an error'],
  ['ENOSPC', 'the disk is full'],
] as const) {
  fault(
    {
      id: `fsync-${error.toLowerCase()}`,
      about: `${what} at an fsync (${error}): the server ends, and what it acknowledged is there`,
      rounds: { ci: 4, full: 40 },
      roundMs: 40_000,
    },
    async ({ rounds, seed }) => {
      await using world = await World.start({ seed })
      await world.server.kill()
      let told = 0
      for (let round = 0; round < rounds; round++) {
        const nth = 1 + world.random.below(MOST_SYNCS)
        const under = ['strace', '-f', '--seccomp-bpf', '-qqq', '-o', '/dev/null', '-e', 'trace=fsync']
        const inject = `inject=fsync:error=${error}:when=${nth}`
        await world.server.start({ under: [...under, '-e', inject] }).catch((cause: unknown) => {
          if (!String(cause).includes('ended before it was ready')) throw cause
        })
        const { process } = world.server
        // After a failed fsync nobody knows what reached the disk: only a new process may go on.
        expect(await process.exited).toBe(1)
        await until(() => /cannot (write|open) /.test(process.log()), 'the log says why')
        if (process.log().includes('nothing is written any more')) told += 1
      }
      await world.server.start()
      return { counts: await world.finish(), figures: { 'ended under load': told } }
    },
  )
}
