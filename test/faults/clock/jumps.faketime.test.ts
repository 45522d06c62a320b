import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../support/condition.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { faketimeLibrary } from '../../../scripts/lib/tools.ts'
import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

/**
 * Farthest from the true time in either direction, in seconds: 10 hours. A jump from one end to the other is
 * shorter than the 24 hours after which a wake that nobody was named in expires.
 */
const FARTHEST_S = 36_000

fault(
  {
    id: 'clock-jumps',
    about:
      'the wall clock of the server jumps forwards and backwards by up to 20 hours, while it runs and between runs',
    rounds: { ci: 6, full: 60 },
    roundMs: 30_000,
  },
  async ({ rounds, seed }) => {
    await using folder = await temporaryFolder()
    await using world = await World.start({ seed })
    const file = join(folder.path, 'offset')
    const env = {
      LD_PRELOAD: faketimeLibrary() ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      // The file is read at each look at the clock, and only the wall clock lies.
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    }
    let farthest = 0
    const jump = (seconds = world.random.below(2 * FARTHEST_S) - FARTHEST_S) => {
      farthest = Math.max(farthest, Math.abs(seconds))
      writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`)
    }
    jump(FARTHEST_S)
    await world.server.kill()
    await world.server.start({ env })
    await until(
      async () => (await newest(world)) > Date.now() + (FARTHEST_S * 1_000) / 2,
      'its clock is fast',
    )
    for (let round = 0; round < rounds; round++) {
      await world.progress(40)
      jump()
      if (round % 3 === 2) {
        await world.server.kill()
        await world.server.start({ env })
      }
    }
    await until(async () => (await world.client.ready()).status === 'ready', 'the server is ready')
    return { counts: await world.finish(), figures: { 'farthest from the true time, s': farthest } }
  },
)

/** When the newest message was written, by the clock of the server, in Unix milliseconds. */
async function newest({ client }: World): Promise<number> {
  const { messages } = await client.listRoomMessages('hall', { limit: 1 })
  return Date.parse(messages.at(-1)?.created_at ?? '')
}
