import { fault, type FaultResult, type FaultRun } from '../fault.ts'
import { World } from '../harness/world.ts'

/** Connections count as dead after this long without a byte, so that a round takes seconds. */
const SILENT_MS = 1_500

/** Does something to the network under load, again and again. */
async function disturb(
  { rounds, seed }: FaultRun,
  { silentMs, disturbance }: { silentMs?: number; disturbance(world: World): Promise<void> | void },
): Promise<FaultResult> {
  await using world = await World.start({ seed, proxied: true, ...(silentMs !== undefined && { silentMs }) })
  for (let round = 0; round < rounds; round++) {
    await world.progress(20 + world.random.below(60))
    await disturbance(world)
  }
  return { counts: await world.finish() }
}

const SPEC = { rounds: { ci: 10, full: 100 }, roundMs: 20_000 }

fault({ ...SPEC, id: 'cut', about: 'every connection is cut under load' }, (run) =>
  disturb(run, { disturbance: ({ proxy }) => proxy.cut() }),
)

fault({ ...SPEC, id: 'reset', about: 'every connection is reset under load' }, (run) =>
  disturb(run, { disturbance: ({ proxy }) => proxy.reset() }),
)

fault(
  {
    id: 'half-open',
    about: 'every connection is half-open until its client gives it up, and what was held back comes late',
    rounds: { ci: 3, full: 30 },
    roundMs: 30_000,
  },
  (run) =>
    disturb(run, {
      silentMs: SILENT_MS,
      disturbance: async (world) => {
        world.proxy.freeze()
        await world.silence()
        world.proxy.thaw()
      },
    }),
)

fault(
  {
    id: 'bad-line',
    about: 'every connection has latency, little bandwidth and its bytes in slices of seven',
    rounds: { ci: 3, full: 30 },
    roundMs: 30_000,
  },
  (run) =>
    disturb(run, {
      disturbance: async (world) => {
        for (const line of [
          { latencyMs: 80 },
          { bytesPerSecond: 100_000, sliceBytes: 4_096 },
          { sliceBytes: 7 },
        ]) {
          world.proxy.set(line)
          await world.progress(20)
        }
        world.proxy.set({})
      },
    }),
)
