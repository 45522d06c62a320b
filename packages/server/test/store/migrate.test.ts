import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Message } from '@moltnet/protocol'
import { StoreOpenError } from '../../src/store/port.ts'
import { newestVersion } from '../../src/store/sqlite/migrate.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { fillV1, v1Database } from '../support/v1-database.ts'

let folder = ''
let path = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moltnet-migrate-'))
  path = join(folder, 'moltnet.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (networkId = 'net') => openSqliteStore(path, { networkId })

function openFailure(networkId?: string): StoreOpenError {
  try {
    void open(networkId).close()
  } catch (error) {
    expect(error).toBeInstanceOf(StoreOpenError)
    return error as StoreOpenError
  }
  throw new Error('the database was expected to be refused')
}

test('a v1 database keeps everything, in the order of parsed times and ids', async () => {
  const db = v1Database(path)
  fillV1(db)
  db.close()
  const store = open()
  const query = { limit: 100, from: 'newest' } as const
  const history = await store.read.listMessages({ kind: 'room', id: 'general' }, query)
  expect(history.items.map((item) => item.id)).toEqual(['m1', 'm2', 'm2b', 'm3'])
  expect(history.items.map((item) => item.position)).toEqual([1, 2, 3, 4])
  const messages = history.items.map((item) => Message.parse(JSON.parse(item.json)))
  expect(messages[0]).toEqual({
    id: 'm1',
    network_id: 'net',
    origin: { network_id: 'net', message_id: 'm1' },
    target: { kind: 'room', room_id: 'general' },
    from: { type: 'agent', id: 'alpha', network_id: 'net', fqid: 'molt://net/agents/alpha' },
    parts: [{ kind: 'text', text: 'hé' }],
    created_at: '2026-04-01T09:00:02.000000000Z',
  } as never)
  expect(messages[1]?.origin).toEqual({ network_id: 'far', message_id: 'far1' } as never)
  expect(messages[3]?.mentions).toEqual(['molt://net/agents/beta'])

  expect((await store.read.listMessages({ kind: 'thread', id: 't1' }, query)).items[0]?.id).toBe('m4')
  expect((await store.read.listMessages({ kind: 'dm', id: 'd1' }, query)).items[0]?.id).toBe('m5')
  const artifacts = await store.read.listArtifacts({ kind: 'room', id: 'general' }, query)
  expect(artifacts.items.map((item) => JSON.parse(item.json) as unknown)).toEqual([
    {
      id: 'art_m4_0',
      network_id: 'net',
      fqid: 'molt://net/artifacts/art_m4_0',
      message_id: 'm4',
      target: { kind: 'thread', room_id: 'general', thread_id: 't1' },
      part_index: 0,
      kind: 'url',
      url: 'https://a.b/',
      created_at: '2026-04-01T09:00:03.000000000Z',
    },
  ])
  expect((await store.read.thread('t1'))?.lastMessageAt).toBe('2026-04-01T09:00:03.000000000Z')
  expect((await store.read.dm('d1'))?.participants).toEqual(['alpha', 'beta'])
  expect((await store.read.agent('alpha'))?.updatedAt).toBe('2026-04-01T09:00:00.250000000Z')
  const room = await store.read.room('general')
  expect([room?.createdAt, room?.hasAgent('beta'), room?.hasAgent('molt://far/agents/x')]).toEqual([
    '2026-04-01T09:00:00.500000000Z',
    true,
    true,
  ])
  expect((await store.read.room('old'))?.removedAt).toBe('2026-04-02T09:00:00.000000000Z')
  expect((await store.read.listRooms(query, { kind: 'all' })).items.map((item) => item.id)).toEqual([
    'general',
  ])
  await store.close()
})

test('messages of v1 are in no log, and a retry of one gets an id that is no cursor', async () => {
  const db = v1Database(path)
  fillV1(db)
  db.close()
  const store = open()
  expect(await store.read.readLog(0, 100)).toEqual([])
  expect(await store.read.logBounds()).toEqual({ oldest: 7, newest: 6 })
  const stored = await store.read.message('m3')
  expect(stored?.eventId as string).toMatch(new RegExp(`^evt_${store.epoch}\\.0-[0-9a-f]{16}$`))
  expect(stored?.credentialKey).toBeNull()
  const next = await store.transact((tx) =>
    tx.append({ type: 'room.created', scope: { kind: 'network' }, room: {} as never }),
  )
  expect(next.position).toBe(7)
  await store.close()
})

test('a database of an early v1 schema goes through the later v1 steps too', async () => {
  const db = v1Database(path, 4)
  db.run(
    "INSERT INTO rooms (id, network_id, fqid, name, created_at) VALUES ('general', 'net', 'f', 'General', '2026-04-01T09:00:00Z')",
  )
  db.close()
  const store = open()
  expect(await store.read.room('general')).toMatchObject({ visibility: 'private', writePolicy: 'members' })
  await store.close()
})

test('the file is copied before it is migrated, and only then', async () => {
  const db = v1Database(path)
  fillV1(db)
  db.close()
  const backups = () => readdirSync(folder).filter((name) => name.includes('.backup-'))
  await open().close()
  expect(backups()).toHaveLength(1)
  expect(backups()[0]).toMatch(/^moltnet\.db\.backup-8-\d{8}T\d{6}Z$/)
  const backup = new Database(join(folder, backups()[0] as string), { readonly: true })
  expect(backup.query('SELECT count(*) AS n FROM messages').get()).toEqual({ n: 6 })
  expect(backup.query('SELECT max(version) AS v FROM schema_migrations').get()).toEqual({ v: 8 })
  backup.close()
  expect(statSync(join(folder, backups()[0] as string)).mode & 0o777).toBe(0o600)
  await open().close()
  expect(backups()).toHaveLength(1)
})

test('a new database is not backed up, and its files are private', async () => {
  path = join(folder, 'deep', 'er', 'moltnet.db')
  const store = open()
  await store.transact(async (tx) => tx.now())
  const files = readdirSync(join(folder, 'deep', 'er'))
  expect(files.sort()).toEqual(['moltnet.db', 'moltnet.db-shm', 'moltnet.db-wal', 'moltnet.db.lock'])
  for (const file of files) expect(statSync(join(folder, 'deep', 'er', file)).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700)
  expect(statSync(join(folder, 'deep', 'er')).mode & 0o777).toBe(0o700)
  await store.close()
})

test('an existing file that others could read is closed to them', async () => {
  v1Database(path).close()
  chmodSync(path, 0o644)
  await open().close()
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a database of a newer program is refused and left as it is', () => {
  const db = v1Database(path)
  const newer = newestVersion() + 1
  const step = db.query("INSERT OR IGNORE INTO schema_migrations VALUES (?, 'future', 'x')")
  for (let version = 1; version <= newer; version += 1) step.run(version)
  db.close()
  expect(openFailure().message).toContain(
    `written by a newer Moltnet (schema ${newer}, this program knows ${newestVersion()})`,
  )
  expect(readdirSync(folder).some((name) => name.includes('.backup-'))).toBe(false)
})

test('a schema or a network that nobody can have written is damage, and told as such', async () => {
  await open('net').close()
  const damage = new Database(path)
  damage.run("UPDATE meta SET value = 'n\u0001t' WHERE key = 'network_id'")
  expect(openFailure().message).toBe(`cannot use ${path}: it is damaged; restore it from a backup`)
  damage.run("INSERT INTO schema_migrations VALUES (5374248273442940000, 'x', 'x')")
  damage.close()
  expect(openFailure().message).toBe(`cannot use ${path}: it is damaged; restore it from a backup`)
})

test('a database of another network is refused with both names', async () => {
  await open('net').close()
  expect(openFailure('other').message).toContain('belongs to network net, but network.id is other')
  rmSync(path)
  const db = v1Database(path)
  fillV1(db)
  db.close()
  expect(openFailure('other').message).toContain('belongs to network net')
})

test('files that are no database of ours are refused with the reason', () => {
  writeFileSync(path, 'this is not a database, but it is long enough to be looked at as one'.repeat(30))
  expect(openFailure().message).toBe(`cannot open ${path}: it is not an SQLite database`)
  rmSync(path)
  const other = new Database(path)
  other.run('CREATE TABLE notes (text)')
  other.close()
  expect(openFailure().message).toContain('is a database of another program')
  path = join(folder, 'moltnet.db', 'below-a-file.db')
  expect(openFailure().message).toContain(`cannot open ${path}`)
})

test('a step that fails leaves the database at the version before it', async () => {
  const db = v1Database(path)
  fillV1(db)
  db.run("UPDATE messages SET parts_json = '[{' WHERE id = 'm1'")
  db.close()
  expect(openFailure().message).toContain('to schema 9 log_positions')
  expect(readdirSync(folder).some((name) => name.includes('.backup-'))).toBe(false)
  const after = new Database(path)
  expect(after.query('SELECT max(version) AS v FROM schema_migrations').get()).toEqual({ v: 8 })
  expect(after.query('SELECT count(*) AS n FROM messages').get()).toEqual({ n: 6 })
  after.run(`UPDATE messages SET parts_json = '[{"kind":"text","text":"mended"}]' WHERE id = 'm1'`)
  after.close()
  await open().close()
})
