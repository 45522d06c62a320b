import { Database } from 'bun:sqlite'
import { expect } from 'bun:test'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newestVersion } from '../../../packages/server/src/store/sqlite/migrate.ts'
import { fillV1, v1Database } from '../../../packages/server/test/support/v1-database.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startTestServer, wholeHistory } from '../../support/network.ts'
import { startProgram } from '../../support/program.ts'
import { fault } from '../fault.ts'

/** Schema of a v1 server. */
const V1 = 8

/** What is in the v1 database that the fixture makes, in the order of its times. */
const HISTORY = ['m1', 'm2', 'm2b', 'm3']

fault(
  {
    id: 'in-migration',
    about: 'the server dies in a step of the migration of a v1 database',
    rounds: { ci: 5, full: 50 },
    roundMs: 20_000,
  },
  async ({ rounds }) => {
    for (let round = 0; round < rounds; round++) await dieInStep(1 + (round % (newestVersion() - V1)))
    return { figures: { 'steps that were broken off': Math.min(rounds, newestVersion() - V1) } }
  },
)

/** Dies in the n-th step, finds the steps before it done and nothing of it, and then migrates to the end. */
async function dieInStep(step: number): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const { path: folder } = stack.use(await temporaryFolder())
  const database = join(folder, 'moltnet.db')
  const before = v1Database(database)
  fillV1(before)
  before.close()
  const config = join(folder, 'Dying')
  writeFileSync(
    config,
    `network: { id: net }\nserver: { listen_addr: "127.0.0.1:0" }\nstorage: { kind: sqlite, sqlite: { path: ${JSON.stringify(database)} } }\n`,
    { mode: 0o600 },
  )
  const env = { MOLTNET_FAILPOINT: `in_migration:${step}` }
  await using dying = startProgram(['start', config], { cwd: folder, env })
  expect({ code: await dying.exited, log: dying.log() }).toMatchObject({ code: 137 })
  expect(schemaOf(database)).toBe(V1 + step - 1)
  expect(readdirSync(folder).filter((name) => name.includes('backup-8-'))).toHaveLength(1)
  const server = stack.use(await startTestServer({ folder, network: 'net', rooms: '[]' }))
  expect(schemaOf(database)).toBe(newestVersion())
  const history = await wholeHistory(server.client, 'general')
  expect(history.map(({ id }) => id as string)).toEqual(HISTORY)
}

function schemaOf(path: string): number {
  using db = new Database(path)
  const row = db.query('SELECT max(version) AS version FROM schema_migrations').get()
  return (row as { version: number }).version
}
