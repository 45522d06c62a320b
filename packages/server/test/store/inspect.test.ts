import { expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import {
  chmodSync,
  openSync,
  closeSync,
  readdirSync,
  writeFileSync,
  writeSync,
  mkdirSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../../../test/support/folder.ts'
import { openFile } from '../../src/store/sqlite/connection.ts'
import { inspectSqlite } from '../../src/store/sqlite/inspect.ts'
import { newestVersion } from '../../src/store/sqlite/migrate.ts'

/** Names, sizes and change times of everything in a folder. */
function listing(folder: string): string[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const { size, mtimeMs, ino } = statSync(join(folder, name))
      return `${name} ${size} ${mtimeMs} ${ino}`
    })
}

test('an idle database is looked at without a trace', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a b?.db')
  openFile(path, 'local').close()
  const before = listing(folder.path)
  const { file, writable, freeBytes } = inspectSqlite(path)
  expect(file).toMatchObject({
    mode: 0o600,
    schema: { version: newestVersion(), newest: newestVersion() },
    networkId: 'local',
    integrity: { state: 'ok' },
  })
  expect(file?.heldBy).toBeUndefined()
  expect(writable).toBe(true)
  expect(freeBytes).toBeGreaterThan(0)
  expect(listing(folder.path)).toEqual(before)
})

test('one that a server has open is looked at beside it, and its process is named', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'm.db')
  const script = `
    import { openFile } from ${JSON.stringify(new URL('../../src/store/sqlite/connection.ts', import.meta.url).pathname)}
    globalThis.connections = openFile(${JSON.stringify(path)}, 'local')
    console.log('open')
    setInterval(() => {}, 1000)`
  const holder = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'inherit' })
  try {
    for await (const _chunk of holder.stdout) break
    const { file } = inspectSqlite(path)
    expect(file).toMatchObject({
      heldBy: { pid: holder.pid },
      networkId: 'local',
      integrity: { state: 'ok' },
    })
    holder.kill('SIGKILL')
    await holder.exited
    const before = listing(folder.path)
    const after = inspectSqlite(path).file
    expect(after?.heldBy).toBeUndefined()
    expect(after?.integrity).toMatchObject({ state: 'skipped', why: expect.stringContaining('killed') })
    expect(listing(folder.path)).toEqual(before)
  } finally {
    holder.kill('SIGKILL')
    await holder.exited
  }
})

test('damage, another program and a newer schema are seen', async () => {
  await using folder = await temporaryFolder()
  const damaged = join(folder.path, 'damaged.db')
  openFile(damaged, 'local').close()
  const file = openSync(damaged, 'r+')
  // Pages of the tables; the first one, with the schema, stays as it is.
  for (let page = 1; page < statSync(damaged).size / 4096; page++) {
    writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, page * 4096)
  }
  closeSync(file)
  expect(inspectSqlite(damaged).file?.integrity.state).toBe('damaged')

  const text = join(folder.path, 'text.db')
  writeFileSync(text, 'no database at all, but long enough to have a header'.repeat(100))
  expect(inspectSqlite(text).file?.unreadable).toContain('not an SQLite database')

  const newer = join(folder.path, 'newer.db')
  const { write, close } = openFile(newer, 'local')
  write.run("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, 'later', '')")
  close()
  expect(inspectSqlite(newer).file?.schema?.version).toBe(9999)

  const foreign = join(folder.path, 'foreign.db')
  const other = new Database(foreign)
  other.run('CREATE TABLE mine (a)')
  other.close()
  expect(inspectSqlite(foreign).file?.schema).toBeUndefined()
})

test('a place without a file says whether one can be made', async () => {
  await using folder = await temporaryFolder()
  const facts = inspectSqlite(join(folder.path, 'later', 'moltnet.db'))
  expect(facts).toMatchObject({ writable: true, freeBytes: expect.any(Number) })
  expect(facts.file).toBeUndefined()
  if (process.getuid?.() === 0) return
  mkdirSync(join(folder.path, 'closed'))
  chmodSync(join(folder.path, 'closed'), 0o500)
  expect(inspectSqlite(join(folder.path, 'closed', 'm.db')).writable).toBe(false)
})
