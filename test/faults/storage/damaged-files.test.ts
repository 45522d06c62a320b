import { Database } from 'bun:sqlite'
import { expect } from 'bun:test'
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { HttpError } from '@moltnet/client'
import { temporaryFolder } from '../../support/folder.ts'
import { say, startTestServer, type TestServer, textOf, wholeHistory } from '../../support/network.ts'
import { fault, type FaultRun } from '../fault.ts'
import { type Random, randomOf } from '../harness/random.ts'

/** Messages that are there before the damage; some fill pages of their own. */
const MESSAGES = 60

/** Bytes that are overwritten in a round that damages pages. */
const DAMAGED_BYTES = 512

/** Messages that share so many bytes, those beside them included. */
const DAMAGED_MESSAGES = 3

interface Scene extends AsyncDisposable {
  readonly server: TestServer
  readonly database: string
  readonly texts: readonly string[]
}

/** A server that was killed with messages in its write-ahead log. */
async function killedServer(random: Random): Promise<Scene> {
  const folder = await temporaryFolder()
  const server = await startTestServer({ folder: folder.path, rooms: '[{ id: hall }]' })
  const texts: string[] = []
  for (let n = 0; n < MESSAGES; n++) {
    const text = `${n} ${'x'.repeat(random.below(6_000))}`
    texts.push(text)
    await say(server.client, 'hall', text)
  }
  await server.kill()
  return {
    server,
    database: join(folder.path, 'moltnet.db'),
    texts,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Does something to the files of a killed server, once a round, each time of another server. */
async function eachScene(
  { rounds, seed }: FaultRun,
  damage: (scene: Scene, random: Random) => Promise<void>,
): Promise<void> {
  const random = randomOf(seed)
  for (let round = 0; round < rounds; round++) {
    await using scene = await killedServer(random)
    await damage(scene, random)
  }
}

/** Starts it again; what it said when it did not come up, undefined when it did. */
async function startAgain({ server }: Scene): Promise<string | undefined> {
  try {
    await server.start()
    return undefined
  } catch (error) {
    if (!String(error).includes('ended before it was ready')) throw error
    expect(await server.process.exited).toBe(1)
    return server.process.log()
  }
}

fault(
  {
    id: 'wal-truncated',
    about:
      'the write-ahead log is cut off anywhere: a beginning of the history is there, whole, and it goes on',
    rounds: { ci: 4, full: 60 },
    roundMs: 30_000,
  },
  async (run) => {
    let kept = 0
    await eachScene(run, async (scene, random) => {
      const log = `${scene.database}-wal`
      truncateSync(log, random.below(statSync(log).size))
      const refusal = await startAgain(scene)
      if (refusal !== undefined) {
        // Cut off before the schema was there.
        expect(refusal).toContain(scene.database)
        return
      }
      const found = (await wholeHistory(scene.server.client, 'hall')).map(textOf)
      expect(found).toEqual(scene.texts.slice(0, found.length))
      kept += found.length
      await say(scene.server.client, 'hall', 'it goes on')
    })
    return { figures: { 'messages kept': kept, 'messages written': run.rounds * MESSAGES } }
  },
)

fault(
  {
    id: 'pages-corrupted',
    about:
      'bytes of the database are overwritten: all other messages are served, or the error says what to do',
    rounds: { ci: 4, full: 60 },
    roundMs: 30_000,
  },
  async (run) => {
    const ends = { refused: 0, reported: 0, 'served all the same': 0 }
    await eachScene(run, async (scene, random) => {
      checkpoint(scene.database)
      damage(scene.database, random)
      const refusal = await startAgain(scene)
      if (refusal !== undefined) {
        expect(refusal).toMatch(/cannot (open|use|write) .*(damaged|not an SQLite database)/)
        ends.refused += 1
      } else {
        ends[await readAll(scene)] += 1
      }
    })
    return { figures: ends }
  },
)

fault(
  {
    id: 'database-emptied',
    about: 'the database is cut to nothing beside its write-ahead log: refused, and the log is left alone',
    rounds: { ci: 1, full: 5 },
    roundMs: 30_000,
  },
  async (run) => {
    await eachScene(run, async (scene) => {
      const log = readFileSync(`${scene.database}-wal`)
      expect(log.length).toBeGreaterThan(0)
      truncateSync(scene.database, 0)
      const refusal = await startAgain(scene)
      expect(refusal).toContain(`${scene.database} is empty`)
      expect(refusal).toContain('restore it from a backup')
      expect(readFileSync(`${scene.database}-wal`).equals(log)).toBe(true)
    })
    return { figures: { refused: run.rounds } }
  },
)

/** Brings everything into the file itself, as a server that was stopped in order does. */
function checkpoint(path: string): void {
  using database = new Database(path)
  database.run('PRAGMA wal_checkpoint(TRUNCATE)')
}

/** Overwrites some bytes behind the first page, which only says what the file is. */
function damage(path: string, random: Random): void {
  const file = openSync(path, 'r+')
  const at = 4_096 + random.below(statSync(path).size - 4_096 - DAMAGED_BYTES)
  writeSync(file, new Uint8Array(DAMAGED_BYTES).fill(0xa5), 0, DAMAGED_BYTES, at)
  closeSync(file)
}

/**
 * Reads the whole history. SQLite has no sums of its pages, so what was overwritten within a text is served
 * as it is; everything else must be as it was written.
 */
async function readAll({ server, texts }: Scene): Promise<'reported' | 'served all the same'> {
  try {
    const found = new Set((await wholeHistory(server.client, 'hall')).map(textOf))
    expect(texts.filter((text) => !found.has(text)).length).toBeLessThanOrEqual(DAMAGED_MESSAGES)
    return 'served all the same'
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    // Or the damaged text is no JSON any more, and the client says so of the page.
    expect(error.status >= 500 || error.code === 'invalid_response').toBe(true)
    return 'reported'
  }
}
