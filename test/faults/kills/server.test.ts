import { Database } from 'bun:sqlite'
import { expect } from 'bun:test'
import { rmSync } from 'node:fs'
import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

fault(
  {
    id: 'server-kill',
    about: 'kill -9 of the server under load',
    rounds: { ci: 20, full: 100 },
    roundMs: 20_000,
  },
  async ({ rounds, seed }) => {
    await using world = await World.start({ seed })
    const outages: number[] = []
    for (let round = 0; round < rounds; round++) {
      await world.progress(20 + world.random.below(100))
      const killed = performance.now()
      await world.server.kill()
      await world.server.start()
      outages.push(performance.now() - killed)
    }
    const counts = await world.finish()
    return { counts, figures: { 'longest time until ready again, ms': Math.round(Math.max(...outages)) } }
  },
)

fault(
  {
    id: 'server-term',
    about: 'SIGTERM of the server under load',
    rounds: { ci: 5, full: 50 },
    roundMs: 20_000,
  },
  async ({ rounds, seed }) => {
    await using world = await World.start({ seed })
    const stops: number[] = []
    for (let round = 0; round < rounds; round++) {
      await world.progress(20 + world.random.below(100))
      const asked = performance.now()
      await world.server.kill('SIGTERM')
      expect(await world.server.process.exited).toBe(0)
      stops.push(performance.now() - asked)
      await world.server.start()
    }
    const counts = await world.finish()
    return { counts, figures: { 'longest stop, ms': Math.round(Math.max(...stops)) } }
  },
)

for (const [id, readers] of [
  ['retention', ['plain', 'stream', 'poller', 'walker']],
  ['retention-durable', ['durable', 'plain', 'stream']],
] as const) {
  fault(
    {
      id,
      about: `kill -9 of the server, whose log keeps 20 entries, with slow readers: ${readers.join(', ')}`,
      rounds: { ci: 3, full: 30 },
      roundMs: 30_000,
    },
    async ({ rounds, seed }) => {
      await using world = await World.start({ seed, readers, slowMs: 30, events: '{ max_count: 20 }' })
      for (let round = 0; round < rounds; round++) {
        await world.progress(80)
        await world.restartSoon()
      }
      const counts = await world.finish()
      const gaps = world.history.entries.filter(({ op }) => op === 'gap').length
      return { counts, figures: { 'gaps that readers were told of': gaps } }
    },
  )
}

fault(
  {
    id: 'planted-loss',
    about: 'a row that is deleted from the database, which the account has to find',
    rounds: { ci: 1, full: 1 },
    roundMs: 60_000,
  },
  async ({ seed }) => {
    await using world = await World.start({ seed, readers: ['durable'], completeMs: 1_000 })
    await world.progress(50)
    await world.server.kill()
    const { id } = world.history.entries.findLast((entry) => entry.op === 'ok') ?? { id: '' }
    using database = new Database(world.database)
    expect(database.run('DELETE FROM messages WHERE id = ?', [id]).changes).toBe(1)
    await world.server.start()
    const found = await world.finish().then(
      () => 'nothing',
      (error: unknown) => String(error),
    )
    expect(found).toContain(`lost: ${id} of `)
    rmSync(/history (\S+)/.exec(found)?.[1] ?? '')
    return { figures: { found: 'yes' } }
  },
)
