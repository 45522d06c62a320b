import { expect } from 'bun:test'
import { until } from '../../support/condition.ts'
import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

/** Highest call that fails: some of the failures come while the server starts, most under load. */
const MOST_CALLS = 200

for (const { call, error, what } of [
  { call: 'fsync', error: 'EIO', what: 'the disk has an error' },
  { call: 'fsync', error: 'ENOSPC', what: 'the disk is full' },
  { call: 'pwrite64', error: 'EIO', what: 'the disk has an error' },
  { call: 'pwrite64', error: 'EROFS', what: 'the disk has become read-only' },
] as const) {
  fault(
    {
      id: `${call}-${error.toLowerCase()}`,
      about: `${what} at ${call} (${error}): the server ends, and what it acknowledged is there`,
      rounds: { ci: 3, full: 40 },
      roundMs: 60_000,
    },
    async ({ rounds, seed }) => {
      await using world = await World.start({ seed })
      await world.server.kill()
      let told = 0
      for (let round = 0; round < rounds; round++) {
        const nth = 1 + world.random.below(MOST_CALLS)
        const inject = `inject=${call}:error=${error}:when=${nth}`
        const under = ['strace', '-f', '-qqq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject]
        // The server syncs nothing but its database, and writes to other files as well.
        const only = call === 'pwrite64' ? ['-P', `${world.database}-wal`] : ['--seccomp-bpf']
        await world.server.start({ under: [...under, ...only] }).catch((cause: unknown) => {
          if (!String(cause).includes('ended before it was ready')) throw cause
        })
        const { process } = world.server
        // After a failed write or fsync nobody knows what reached the disk: only a new process may go on.
        expect(await process.exited).toBe(1)
        await until(
          () => /cannot (write|open|use) /.test(process.log()),
          () => `the log says why:\n${process.log().slice(-2_000)}`,
        )
        if (process.log().includes('nothing is written any more')) told += 1
      }
      await world.server.start()
      return { counts: await world.finish(), figures: { 'ended under load': told } }
    },
  )
}
