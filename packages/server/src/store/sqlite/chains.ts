import type { Database, Statement } from 'bun:sqlite'
import type { StoredChain } from '../consumer-port.ts'

interface ChainRow {
  conversation: string
  length: number
  counted: number
  since: number
  changed_at: number
}

/** Writes chains on the write connection. */
export class ChainWriter {
  readonly #put: Statement
  readonly #restart: Statement
  readonly #forget: Statement

  constructor(db: Database) {
    // What a human said meanwhile is newer than a count that was taken before.
    this.#put = db.query(
      `INSERT INTO chains (conversation, length, counted, since, changed_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (conversation) DO UPDATE SET length = excluded.length, counted = excluded.counted,
         since = excluded.since, changed_at = excluded.changed_at
       WHERE excluded.since >= since`,
    )
    this.#restart = db.query('UPDATE chains SET length = 0, counted = ?1, since = ?1 WHERE conversation = ?2')
    this.#forget = db.query('DELETE FROM chains WHERE changed_at < ?')
  }

  save(chains: readonly StoredChain[]): void {
    for (const { conversation, length, counted, since, changedAt } of chains)
      this.#put.run(conversation, length, counted, since, changedAt)
  }

  restart(conversation: string, position: number): void {
    this.#restart.run(position, conversation)
  }

  forget(changedBefore: number): void {
    this.#forget.run(changedBefore)
  }
}

/** Reads chains on one connection. */
export class ChainRows {
  readonly #all: Statement<ChainRow, []>

  constructor(db: Database) {
    this.#all = db.query('SELECT * FROM chains')
  }

  all(): StoredChain[] {
    return this.#all.all().map(({ conversation, length, counted, since, changed_at: changedAt }) => ({
      conversation,
      length,
      counted,
      since,
      changedAt,
    }))
  }
}
