import { Database } from 'bun:sqlite'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fsyncPerSecond } from '../calibration.ts'

const SECONDS_EACH = 2
const BATCHES = [1, 8, 32] as const

/** Rows per second that SQLite makes durable when several inserts share one commit, against a bare fsync loop. */
export async function* groupCommit(): AsyncGenerator<string> {
  const fsyncs = await fsyncPerSecond(SECONDS_EACH)
  yield `bare fsync loop: ${Math.round(fsyncs)} per second`
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-platform-'))
  try {
    for (const batch of BATCHES) {
      const commits = commitsPerSecond(join(folder, `${batch}.db`), batch)
      const rows = Math.round(commits * batch)
      yield `${batch} inserts a commit: ${Math.round(commits)} commits, ${rows} rows per second (${(commits / fsyncs).toFixed(2)} commits per bare fsync)`
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function commitsPerSecond(path: string, batch: number): number {
  using database = new Database(path, { create: true, strict: true })
  database.run('PRAGMA journal_mode = WAL')
  database.run('PRAGMA synchronous = FULL')
  database.run('CREATE TABLE messages (id INTEGER PRIMARY KEY, body TEXT NOT NULL)')
  using insert = database.prepare('INSERT INTO messages (body) VALUES (?)')
  const body = 'x'.repeat(600)
  const end = performance.now() + SECONDS_EACH * 1000
  let commits = 0
  for (; performance.now() < end; commits++) {
    database.run('BEGIN IMMEDIATE')
    for (let row = 0; row < batch; row++) {
      // Each request has a savepoint of its own, so that one that fails leaves its neighbours alone.
      database.run('SAVEPOINT request')
      insert.run(body)
      database.run('RELEASE request')
    }
    database.run('COMMIT')
  }
  return commits / SECONDS_EACH
}
