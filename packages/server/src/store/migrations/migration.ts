import type { Database } from 'bun:sqlite'

/** One step of the schema. Runs in a transaction of its own, with foreign keys not enforced. */
export interface Migration {
  readonly version: number
  readonly name: string
  run(db: Database, context: MigrationContext): void
}

/** What a migration may need to know. */
export interface MigrationContext {
  /** The configured network. */
  readonly networkId: string
}

/** A migration made of SQL alone. */
export function sqlMigration(version: number, name: string, sql: string): Migration {
  return { version, name, run: (db) => void db.run(sql) }
}
