import type { Database, Statement } from 'bun:sqlite'

/** The statements around the works of a batch: one transaction, and a savepoint for each work. */
export class BatchControl {
  readonly #db: Database
  readonly #begin: Statement
  readonly #commit: Statement
  readonly #savepoint: Statement
  readonly #release: Statement
  readonly #rollbackTo: Statement

  constructor(db: Database) {
    this.#db = db
    this.#begin = db.query('BEGIN IMMEDIATE')
    this.#commit = db.query('COMMIT')
    this.#savepoint = db.query('SAVEPOINT work')
    this.#release = db.query('RELEASE work')
    this.#rollbackTo = db.query('ROLLBACK TO work')
  }

  begin(): void {
    this.#begin.run()
  }

  savepoint(): void {
    this.#savepoint.run()
  }

  release(): void {
    this.#release.run()
  }

  rollbackWork(): void {
    this.#rollbackTo.run()
    this.#release.run()
  }

  commit(): void {
    this.#commit.run()
  }

  /** Some faults have ended the transaction already. */
  abort(): void {
    if (this.#db.inTransaction) this.#db.run('ROLLBACK')
  }
}
