import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

/** Highest write to the database file at which the server dies: in the first, second or third checkpoint. */
const MOST_WRITES = 2_500

/** Large messages fill the write-ahead log to the size at which SQLite makes a checkpoint. */
const WRITERS = ['w1', 'w2', 'w3'].map((name) => ({ name, size: () => 20_000 }))

fault(
  {
    id: 'in-checkpoint',
    about: 'the server dies in the middle of a checkpoint',
    rounds: { ci: 5, full: 50 },
    roundMs: 30_000,
  },
  async ({ rounds, seed }) => {
    await using world = await World.start({ seed, writers: WRITERS })
    await world.server.kill()
    for (let round = 0; round < rounds; round++) {
      // Only a checkpoint writes to the database file itself: everything else goes to the log beside it.
      const nth = 1 + world.random.below(MOST_WRITES)
      const inject = `inject=pwrite64:signal=SIGKILL:when=${nth}`
      const under = ['strace', '-f', '-qqq', '-o', '/dev/null', '-P', world.database, '-e', 'trace=pwrite64']
      await world.startToDie({ under: [...under, '-e', inject] })
    }
    await world.server.start()
    return { counts: await world.finish() }
  },
)
