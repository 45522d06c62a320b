import type { Database, Statement } from 'bun:sqlite'

/** What of the configuration was applied last. */
export class DeclarationRows {
  readonly #get: Statement<{ digest: string }, [string, string]>
  readonly #put: Statement

  constructor(db: Database) {
    this.#get = db.query('SELECT digest FROM declarations WHERE kind = ? AND id = ?')
    this.#put = db.query(
      `INSERT INTO declarations (kind, id, digest) VALUES (?, ?, ?)
       ON CONFLICT (kind, id) DO UPDATE SET digest = excluded.digest`,
    )
  }

  get(kind: string, id: string): string | undefined {
    return this.#get.get(kind, id)?.digest
  }

  put(kind: string, id: string, digest: string): void {
    this.#put.run(kind, id, digest)
  }
}
