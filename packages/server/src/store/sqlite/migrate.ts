import type { Database } from 'bun:sqlite'
import { existsSync, rmSync } from 'node:fs'
import { getLogger } from '@logtape/logtape'
import { failpoint } from '@moltnet/failpoints'
import { formatTime, NetworkId } from '@moltnet/protocol'
import { MIGRATIONS } from '../migrations/list.ts'
import type { Migration } from '../migrations/migration.ts'
import { StoreOpenError } from '../port.ts'
import { DAMAGED, describeFileError } from './errors.ts'
import { prepareFile, syncFile } from './files.ts'

const logger = getLogger(['moltnet', 'store'])

/** What is opened, for messages and for steps that need it. */
export interface MigrateOptions {
  readonly networkId: string
  /** The database file; undefined for one in memory. */
  readonly path: string | undefined
}

/**
 * Brings a database to the newest schema, one transaction per step, after a backup copy when it has
 * data of an older schema. Throws {@link StoreOpenError} for a database of a newer program, of another
 * network, or that is not ours.
 */
export function migrate(db: Database, options: MigrateOptions): void {
  const version = schemaVersion(db, options)
  checkNetwork(db, version, options)
  const pending = MIGRATIONS.filter((migration) => migration.version > version)
  if (pending.length === 0) return
  const backup =
    version > 0 && options.path !== undefined ? backUp(db, { path: options.path, version }) : undefined
  db.run('PRAGMA foreign_keys = OFF')
  for (const migration of pending) {
    try {
      step(db, migration, options)
    } catch (error) {
      // As long as nothing changed the copy is of no use, and every try to start would add another.
      if (backup !== undefined && migration === pending[0]) rmSync(backup, { force: true })
      throw error
    }
  }
  const broken = db.query('PRAGMA foreign_key_check').get()
  if (broken !== null) logger.warn('rows refer to missing ones: {broken}', { broken })
  db.run('PRAGMA foreign_keys = ON')
}

/** Newest schema version that this program knows. */
export function newestVersion(): number {
  return MIGRATIONS[MIGRATIONS.length - 1]?.version ?? 0
}

function schemaVersion(db: Database, { path }: MigrateOptions): number {
  const tables = db.query("SELECT name FROM sqlite_schema WHERE type = 'table'").values().flat() as string[]
  if (!tables.includes('schema_migrations')) {
    if (tables.length > 0) throw new StoreOpenError(`${path} is a database of another program`)
    db.run(
      'CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)',
    )
    return 0
  }
  const row = db.query('SELECT max(version) AS version, count(*) AS steps FROM schema_migrations').get() as {
    version: number | null
    steps: number
  }
  const version = row.version ?? 0
  if (version > newestVersion()) {
    // Every program notes all its steps, from 1 on: a number without the ones before it was never written.
    if (row.steps !== version) throw damaged(path)
    throw new StoreOpenError(
      `${path} was written by a newer Moltnet (schema ${version}, this program knows ${newestVersion()}); update the program, or restore the backup made before the update`,
    )
  }
  return version
}

/** What a database says that no program has ever written to it. */
function damaged(path: string | undefined): StoreOpenError {
  return new StoreOpenError(`cannot use ${path}: ${DAMAGED}`)
}

function checkNetwork(db: Database, version: number, { path, networkId }: MigrateOptions): void {
  const stored = storedNetwork(db, version)
  if (stored === undefined || stored === networkId) return
  if (!NetworkId.safeParse(stored).success) throw damaged(path)
  throw new StoreOpenError(
    `${path} belongs to network ${stored}, but network.id is ${networkId}; set network.id to ${stored} or use another storage.sqlite.path`,
  )
}

/** The network of the data; undefined when there is none yet. */
function storedNetwork(db: Database, version: number): string | undefined {
  if (version === 0) return undefined
  const first = (sql: string) => (db.query(sql).values()[0]?.[0] as string | undefined) ?? undefined
  if (version >= 9) return first("SELECT value FROM meta WHERE key = 'network_id'")
  const tables = ['rooms', 'dm_conversations', ...(version >= 5 ? ['agents'] : [])]
  for (const table of tables) {
    const network = first(`SELECT network_id FROM ${table} LIMIT 1`)
    if (network !== undefined) return network
  }
  return undefined
}

/** A consistent copy beside the file, `<path>.backup-<schema>-<UTC time>`. */
function backUp(db: Database, { path, version }: { path: string; version: number }): string {
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')
  const backup = freeName(`${path}.backup-${version}-${stamp}`)
  try {
    prepareFile(backup)
    db.query('VACUUM INTO ?').run(backup)
    syncFile(backup)
  } catch (error) {
    rmSync(backup, { force: true })
    const reason = describeFileError(error)
    throw new StoreOpenError(`cannot back up ${path} before migrating it to ${backup}: ${reason}`, {
      cause: error,
    })
  }
  logger.info('backed up {path} (schema {version}) to {backup}', { path, version, backup })
  return backup
}

function freeName(wanted: string): string {
  let name = wanted
  for (let n = 2; existsSync(name); n++) name = `${wanted}-${n}`
  return name
}

function step(db: Database, migration: Migration, { path, networkId }: MigrateOptions): void {
  db.run('BEGIN IMMEDIATE')
  try {
    migration.run(db, { networkId })
    db.query('INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)').run(
      migration.version,
      migration.name,
      formatTime(BigInt(Date.now()) * 1_000_000n),
    )
    if (process.env.MOLTNET_FAILPOINT !== undefined) failpoint('in_migration')
    db.run('COMMIT')
  } catch (error) {
    if (db.inTransaction) db.run('ROLLBACK')
    const name = `${migration.version} ${migration.name}`
    throw new StoreOpenError(
      `cannot migrate ${path ?? 'the store'} to schema ${name}: ${describeFileError(error)}`,
      {
        cause: error,
      },
    )
  }
}
