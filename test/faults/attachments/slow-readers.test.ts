import { residentMb } from '../../support/process-memory.ts'
import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

/** Characters of a message: a few fill every buffer between server and reader. */
const SIZE = 60_000

/** Messages of a round. */
const MESSAGES = 200

fault(
  {
    id: 'slow-readers',
    about:
      'messages of 60 kB to WebSocket and event stream readers that take 20 ms for each, on a line of 4 MB/s',
    rounds: { ci: 1, full: 10 },
    roundMs: 60_000,
  },
  async ({ rounds, seed }) => {
    const writers = ['w1', 'w2', 'w3'].map((name) => ({ name, size: () => SIZE }))
    await using world = await World.start({ seed, proxied: true, slowMs: 20, writers: [] })
    world.proxy.set({ bytesPerSecond: 4_000_000, sliceBytes: 65_536 })
    world.write(writers)
    const memory: number[] = []
    for (let round = 0; round < rounds; round++) {
      await world.progress(MESSAGES)
      if (process.platform === 'linux') memory.push(residentMb(world.server.process.pid))
    }
    const counts = await world.finish()
    return { counts, figures: { 'highest memory of the server, MB': Math.round(Math.max(0, ...memory)) } }
  },
)
