import type { Database } from 'bun:sqlite'
import type { ConsumerReader, ConsumerTx } from '../consumer-port.ts'
import type { ReadAt } from './reader.ts'

/** The writes of durable consumers on the write connection. */
export function createConsumerTx(db: Database): ConsumerTx {
  void db
  return {} as ConsumerTx
}

/** The reads of durable consumers; `at` runs a synchronous read when the connection shows committed state. */
export function createConsumerReader(db: Database, at: ReadAt): ConsumerReader {
  void db
  void at
  return {} as ConsumerReader
}
