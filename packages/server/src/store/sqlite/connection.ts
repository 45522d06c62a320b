import { Database } from 'bun:sqlite'
import { statSync } from 'node:fs'
import { StoreOpenError } from '../port.ts'
import { describeFileError } from './errors.ts'
import { prepareFile } from './files.ts'
import { type FileLock, lockFile } from './lock.ts'
import { openLogSync } from './log-sync.ts'
import { migrate } from './migrate.ts'

/** How long a statement waits for another program that reads or backs up the file, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000

/**
 * Page cache of the write connection, in KiB: holds the inner pages of the indexes of a million messages. Four times
 * as much made no difference that could be measured; the system keeps the pages of the file too.
 */
const WRITE_CACHE_KIB = 8_192

/** Page cache of the read connection, in KiB. It is empty again after every commit that it sees. */
const READ_CACHE_KIB = 4_096

/** The write-ahead log is cut back to this size after a checkpoint, in bytes. */
const WAL_LIMIT_BYTES = 67_108_864

/**
 * Where fsync is all that a disk can be asked for, it is called beside the loop: COMMIT then only writes the log,
 * and syncs by itself what a checkpoint rests on. macOS has something stronger that only SQLite calls, and
 * Windows wants a descriptor that may write.
 */
const SYNCS_BESIDE = process.platform === 'linux'

/**
 * The connections of an open database. In memory there is one, used for both. Their statements are made
 * with `query`: closing finalizes those, while one made with `prepare` would keep the files open.
 */
export interface Connections {
  readonly write: Database
  readonly read: Database
  /** How messages name the database. */
  readonly label: string
  /** Makes a commit durable; undefined where COMMIT does that itself. */
  readonly sync?: () => Promise<void>
  close(): void
}

/** Opens, locks and migrates a database file. Throws {@link StoreOpenError} with the reason. */
export function openFile(path: string, networkId: string): Connections {
  const opened: { close(): void }[] = []
  try {
    const existed = prepareFor(path)
    const lock: FileLock = lockFile(path)
    opened.push({ close: () => lock.release() })
    const write = new Database(path, { readwrite: true, strict: true })
    opened.push(write)
    setUp(write)
    migrate(write, { networkId, path: existed ? path : undefined })
    const read = new Database(path, { readonly: true, strict: true })
    opened.push(read)
    read.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    read.run(`PRAGMA cache_size = -${READ_CACHE_KIB}`)
    const connections = { write, read, label: path, close: () => closeAll(opened) }
    if (!SYNCS_BESIDE) return connections
    const log = openLogSync(path)
    opened.push(log)
    write.run('PRAGMA synchronous = NORMAL')
    return { ...connections, sync: () => log.sync() }
  } catch (error) {
    closeAll(opened)
    if (error instanceof StoreOpenError) throw error
    throw new StoreOpenError(`cannot open ${path}: ${describeFileError(error)}`, { cause: error })
  }
}

/** Opens an empty database in memory. Shared ones do not exist, so reads use the write connection. */
export function openMemory(networkId: string): Connections {
  const db = new Database(':memory:', { strict: true })
  migrate(db, { networkId, path: undefined })
  db.run('PRAGMA foreign_keys = ON')
  return { write: db, read: db, label: 'the store in memory', close: () => db.close() }
}

function prepareFor(path: string): boolean {
  const { existed } = prepareFile(path)
  // SQLite would take it for a new database and throw its log away.
  if (!existed && sizeOf(`${path}-wal`) > 0) {
    throw new StoreOpenError(
      `${path} is empty but its write-ahead log ${path}-wal is not, so it was cut off; restore it from a backup, or move both away to begin anew`,
    )
  }
  return existed
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Every setting that durability or correctness rests on, explicitly. */
function setUp(db: Database): void {
  db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
  db.run('PRAGMA journal_mode = WAL')
  db.run('PRAGMA synchronous = FULL')
  // Only macOS has something stronger than fsync; elsewhere these do nothing.
  db.run('PRAGMA fullfsync = ON')
  db.run('PRAGMA checkpoint_fullfsync = ON')
  db.run('PRAGMA foreign_keys = ON')
  db.run(`PRAGMA cache_size = -${WRITE_CACHE_KIB}`)
  db.run(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`)
}

function closeAll(opened: readonly { close(): void }[]): void {
  for (const resource of opened.toReversed()) resource.close()
}
