import { constants, Database } from 'bun:sqlite'
import { accessSync, existsSync, constants as modes, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describeFileError, errorCode } from './errors.ts'
import { newestVersion } from './migrate.ts'

/** Databases over this size are not checked for damage: it would take long. In bytes. */
const CHECK_LIMIT_BYTES = 1_073_741_824

/** No further table is checked after this long, in milliseconds. */
const CHECK_LIMIT_MS = 5_000

/** What can be seen of a database file from outside. Sizes are bytes. */
export interface SqliteFacts {
  /** Free space of the disk that it is on, or would be on. */
  freeBytes: number
  /** Whether this user may write the file, or make it. */
  writable: boolean
  /** Absent when there is no file yet. */
  file?: SqliteFileFacts
}

/** A database file that is there. */
export interface SqliteFileFacts {
  bytes: number
  walBytes: number
  /** Permission bits. */
  mode: number
  /** The process that has it open as its server; `pid` where the system tells. */
  heldBy?: { pid?: number }
  /** Schema of the data, and the newest that this program knows. */
  schema?: { version: number; newest: number }
  networkId?: string
  /** When the newest message was stored. */
  newestMessageAt?: string
  integrity: SqliteIntegrity
  /** Why its content cannot be read. */
  unreadable?: string
}

/** What a check for damage found; `skipped` says why there was none, or not of all. */
export type SqliteIntegrity =
  | { state: 'ok' }
  | { state: 'damaged'; error: string }
  | { state: 'skipped'; why: string }

/** Looks at a database without changing anything on the disk, whether a server has it open or not. Never throws. */
export function inspectSqlite(path: string): SqliteFacts {
  const folder = existingFolder(path)
  const { bavail, bsize } = statfsSync(folder)
  const facts = { freeBytes: bavail * bsize, writable: isWritable(existsSync(path) ? path : folder) }
  return existsSync(path) && statSync(path).size > 0 ? { ...facts, file: inspectFile(path) } : facts
}

function inspectFile(path: string): SqliteFileFacts {
  const { size, mode } = statSync(path)
  const heldBy = holderOf(`${path}.lock`)
  const facts: SqliteFileFacts = {
    bytes: size,
    walBytes: sizeOf(`${path}-wal`),
    mode: mode & 0o777,
    ...(heldBy && { heldBy }),
    integrity: { state: 'skipped', why: 'it cannot be read' },
  }
  if (heldBy === undefined && facts.walBytes > 0) {
    // To read it SQLite would have to recover the log, which writes.
    const why = 'a server that was killed left a write-ahead log, which the next start takes in'
    return { ...facts, integrity: { state: 'skipped', why } }
  }
  try {
    // With `immutable` SQLite makes no files beside an idle database; a server's has them already.
    const uri = `${pathToFileURL(path).href}?${heldBy === undefined ? 'immutable=1' : 'mode=ro'}`
    using db = new Database(uri, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI)
    return { ...facts, ...contentOf(db), integrity: integrityOf(db, size) }
  } catch (error) {
    if (errorCode(error) === 'SQLITE_CORRUPT') {
      return { ...facts, integrity: { state: 'damaged', error: describeFileError(error) } }
    }
    return { ...facts, unreadable: describeFileError(error) }
  }
}

function contentOf(db: Database): Pick<SqliteFileFacts, 'schema' | 'networkId' | 'newestMessageAt'> {
  const first = (sql: string) => db.query(sql).values()[0]?.[0] ?? undefined
  const hasTable = (name: string) =>
    first(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '${name}'`) !== undefined
  if (!hasTable('schema_migrations')) return {}
  const version = Number(first('SELECT max(version) FROM schema_migrations') ?? 0)
  const schema = { version, newest: newestVersion() }
  // Before schema 9 neither stood where it stands now.
  if (!hasTable('meta')) return { schema }
  const text = (sql: string) => first(sql) as string | undefined
  return {
    schema,
    networkId: text("SELECT value FROM meta WHERE key = 'network_id'"),
    newestMessageAt: text('SELECT created_at FROM messages ORDER BY position DESC LIMIT 1'),
  }
}

/** Table by table, because a check cannot be interrupted. */
function integrityOf(db: Database, bytes: number): SqliteIntegrity {
  if (bytes > CHECK_LIMIT_BYTES) return { state: 'skipped', why: 'it is over 1 GiB' }
  const deadline = performance.now() + CHECK_LIMIT_MS
  const names = db.query("SELECT name FROM sqlite_schema WHERE type = 'table'").values().flat() as string[]
  for (const [index, name] of names.entries()) {
    if (performance.now() > deadline) {
      return { state: 'skipped', why: `only ${index} of ${names.length} tables were checked in 5 s` }
    }
    const found = db
      .query(`PRAGMA quick_check('${name.replaceAll("'", "''")}')`)
      .values()
      .flat()
    if (found.length > 0 && found[0] !== 'ok') return { state: 'damaged', error: String(found[0]) }
  }
  return { state: 'ok' }
}

/** Who holds the side file of a database by an exclusive transaction; undefined when nobody does. */
function holderOf(lockPath: string): { pid?: number } | undefined {
  if (!existsSync(lockPath)) return undefined
  try {
    using db = new Database(lockPath, { readonly: true })
    db.query('SELECT count(*) FROM sqlite_schema').get()
    return undefined
  } catch (error) {
    if (errorCode(error) !== 'SQLITE_BUSY') return undefined
    const pid = lockingProcess(lockPath)
    return pid === undefined ? {} : { pid }
  }
}

/** Linux lists the locks of all processes by inode. */
function lockingProcess(path: string): number | undefined {
  let text: string
  try {
    text = readFileSync('/proc/locks', 'utf8')
  } catch {
    return undefined
  }
  const inode = String(statSync(path).ino)
  const row = text.split('\n').find((line) => line.split(/\s+/)[5]?.split(':')[2] === inode)
  const pid = Number(row?.split(/\s+/)[4])
  return pid > 0 ? pid : undefined
}

function existingFolder(path: string): string {
  let folder = dirname(path)
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, modes.W_OK)
    return true
  } catch {
    return false
  }
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}
