import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

fault(
  {
    id: 'approvals',
    about: 'kill -9 of the server while wakes are held and approved in no order',
    rounds: { ci: 5, full: 50 },
    roundMs: 20_000,
  },
  async ({ rounds, seed }) => {
    const writers = ['w1', 'w2'].map((name) => ({ name, pauseMs: 20 }))
    await using world = await World.start({ seed, readers: ['approved', 'durable'], writers, operated: true })
    for (let round = 0; round < rounds; round++) {
      await world.progress(15)
      await world.restartSoon()
    }
    const counts = await world.finish()
    return { counts, figures: { 'wakes approved': world.approved } }
  },
)
