import { Database } from 'bun:sqlite'
import { until } from '../../support/condition.ts'
import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

/** The server waits this long for whoever holds the file before it refuses a write, in milliseconds. */
const PATIENCE_MS = 5_000

/** Longest wait for the refusal, in milliseconds. */
const TOLD_MS = 60_000

fault(
  {
    id: 'file-held',
    about: 'another program holds the database: the server waits, then answers 503, and goes on',
    rounds: { ci: 2, full: 20 },
    roundMs: 120_000,
  },
  async ({ rounds, seed }) => {
    await using world = await World.start({ seed })
    let refusals = 0
    for (let round = 0; round < rounds; round++) {
      await world.progress(30)
      const { process } = world.server
      const before = process.log().length
      const isLong = round % 2 === 1
      const other = new Database(world.database, { readwrite: true })
      other.run('PRAGMA busy_timeout = 30000')
      other.run('BEGIN IMMEDIATE')
      const held = performance.now()
      const isOver = () => {
        const told = process.log().slice(before).includes('another program holds it')
        return isLong ? told : performance.now() - held > PATIENCE_MS / 5
      }
      await until(isOver, 'the file was held long enough', TOLD_MS)
      other.run('ROLLBACK')
      other.close()
      if (isLong) refusals += 1
    }
    await world.progress(50)
    return { counts: await world.finish(), figures: { 'times it was held too long': refusals } }
  },
)
