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
    await world.progress(rounds * MESSAGES)
    return { counts: await world.finish() }
  },
)
