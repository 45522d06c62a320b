import type { Database } from 'bun:sqlite'
import { getLogger } from '@logtape/logtape'
import { failpoint } from '@moltnet/failpoints'
import type { MentionNames } from '../../domain/room.ts'
import { type Commit, type Reader, type Store, StoreFailed, type StoreStats, type Tx } from '../port.ts'
import { BatchControl } from './batch-control.ts'
import { InstantClock } from './clock.ts'
import { type Connections, openFile, openMemory } from './connection.ts'
import { createConsumerReader, createConsumerTx } from './consumers.ts'
import { isFileFault, writeFault } from './errors.ts'
import { LogRows } from './log-rows.ts'
import { type ReadAt, SqliteReader } from './reader.ts'
import { RoomCache } from './room-cache.ts'
import { SqliteTx, type WriterState } from './tx.ts'
import { type Job, WorkQueue } from './work-queue.ts'

const logger = getLogger(['moltnet', 'store'])

/** What every store is opened with. */
export interface StoreOptions extends MentionNames {
  /** The wall clock in nanoseconds; tests move it. */
  readonly clock?: () => bigint
}

/** Opens a database file. Throws `StoreOpenError` with the reason when it cannot be used. */
export function openSqliteStore(path: string, options: StoreOptions): Store {
  return new SqliteStore('sqlite', openFile(path, options.networkId), options)
}

/** Opens an empty store in memory: the same engine, kept for as long as the process. */
export function openMemoryStore(options: StoreOptions): Store {
  return new SqliteStore('memory', openMemory(options.networkId), options)
}

class SqliteStore implements Store {
  readonly kind: 'sqlite' | 'memory'
  readonly networkId: string
  readonly epoch: string
  readonly read: Reader
  readonly failed: Promise<Error>
  readonly stats: StoreStats & { commits: number; works: number; commitSeconds: number }
  readonly #connections: Connections
  readonly #control: BatchControl
  readonly #writer: SqliteTx
  readonly #tx: Tx
  readonly #listeners: ((commit: Commit) => void)[] = []
  readonly #queue = new WorkQueue(() => this.#runBatch())
  /** Whether what the running batch has committed is not on the disk yet. */
  #syncing = false
  /** What was committed may not be on the disk, and never will be known to be. */
  #isUnsure = false
  #fault: StoreFailed | undefined
  /** Why the last batch could not be written, while that may pass. */
  #unavailable: StoreFailed | undefined
  #closed: Promise<void> | undefined
  #reportFailure!: (error: Error) => void

  constructor(kind: 'sqlite' | 'memory', connections: Connections, options: StoreOptions) {
    this.kind = kind
    this.#connections = connections
    const state = writerState(connections.write, options)
    this.networkId = state.identity.networkId
    this.epoch = state.identity.epoch
    this.stats = { commits: 0, works: 0, commitSeconds: 0, observe: undefined }
    this.failed = new Promise((resolve) => {
      this.#reportFailure = resolve
    })
    this.#control = new BatchControl(connections.write)
    this.#writer = new SqliteTx(connections.write, state)
    this.#tx = Object.assign(this.#writer, createConsumerTx(connections.write))
    const at: ReadAt = kind === 'memory' ? this.#atRest : this.#atOnce
    const ping = () => this.#checkWrites()
    const reader = new SqliteReader(connections.read, { ...state, at, ping })
    this.read = Object.assign(reader, createConsumerReader(connections.read, { ...state, at }))
  }

  get head(): number {
    return this.#writer.head
  }

  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    return this.#queue.add(work)
  }

  onCommit(listener: (commit: Commit) => void): void {
    this.#listeners.push(listener)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#fault ??= new StoreFailed('closed', 'the store is closed')
    await this.#queue.idle()
    this.#connections.close()
  }

  /** The read connection shows committed state, which nobody may see before it is durable. */
  readonly #atOnce: ReadAt = async (read) => {
    while (this.#syncing) await this.#queue.running
    if (this.#isUnsure && this.#fault !== undefined) throw this.#fault
    return read()
  }

  /** The one connection shows what is not committed yet while a batch runs. */
  readonly #atRest: ReadAt = async (read) => {
    while (this.#queue.running !== undefined) await this.#queue.running
    return read()
  }

  async #runBatch(): Promise<void> {
    const jobs: Job[] = []
    try {
      this.#begin(jobs)
      await this.#queue.takeBatch(jobs, this.#runJob)
      await this.#commit(jobs.length)
    } catch (error) {
      this.#rollback(error, jobs)
      return
    }
    for (const { outcome, resolve, reject } of jobs) {
      if (outcome.ok) resolve(outcome.value)
      else reject(outcome.error)
    }
  }

  #begin(jobs: Job[]): void {
    try {
      this.#control.begin()
    } catch (error) {
      // Nobody's work ran: all that wait are told, as none of them can.
      jobs.push(...this.#queue.takeAll())
      throw error
    }
  }

  /** Rejects only for faults of the file. */
  readonly #runJob = async (job: Job): Promise<void> => {
    this.#control.savepoint()
    try {
      job.outcome = { ok: true, value: await job.work(this.#tx) }
    } catch (error) {
      if (isFileFault(error)) throw error
      job.outcome = { ok: false, error }
      this.#control.rollbackWork()
      this.#writer.undoWork()
      return
    }
    this.#control.release()
    this.#writer.keepWork()
  }

  async #commit(works: number): Promise<void> {
    this.#writer.finish()
    if (process.env.MOLTNET_FAILPOINT !== undefined) failpoint('before_commit')
    const started = performance.now()
    this.#control.commit()
    await this.#sync()
    if (process.env.MOLTNET_FAILPOINT !== undefined) failpoint('after_commit')
    const seconds = (performance.now() - started) / 1000
    this.#unavailable = undefined
    this.stats.commits += 1
    this.stats.works += works
    this.stats.commitSeconds += seconds
    this.stats.observe?.(works, seconds)
    this.#tell(this.#writer.commit())
  }

  /** Waits until the commit is on the disk, where SQLite has not done that itself. */
  async #sync(): Promise<void> {
    const { sync } = this.#connections
    if (sync === undefined) return
    this.#syncing = true
    try {
      await sync()
    } catch (error) {
      this.#isUnsure = true
      throw error
    } finally {
      this.#syncing = false
    }
  }

  #tell(commit: Commit): void {
    if (commit.entries.length === 0 && commit.rooms.length === 0) return
    for (const listener of this.#listeners) {
      try {
        listener(commit)
      } catch (error) {
        logger.fatal('a listener to commits failed: {error}', { error })
      }
    }
    if (process.env.MOLTNET_FAILPOINT !== undefined) failpoint('after_fan_out')
  }

  /** Nothing of the batch is acknowledged. Unless the fault may pass, nothing will be ever again. */
  #rollback(error: unknown, jobs: readonly Job[]): void {
    const fault = writeFault(error, this.#connections.label)
    this.#writer.rollback()
    try {
      this.#control.abort()
    } catch (cause) {
      logger.error('cannot roll back {store}: {cause}', { store: this.#connections.label, cause })
    }
    for (const job of jobs) job.reject(fault)
    if (fault.reason === 'unavailable') {
      if (this.#unavailable === undefined) logger.error('{reason}', { reason: fault.message })
      this.#unavailable = fault
      return
    }
    logger.fatal('{reason}; nothing is written any more', { reason: fault.message })
    this.#fault = fault
    for (const job of this.#queue.takeAll()) job.reject(fault)
    this.#reportFailure(fault)
  }

  /** Rejects when writes fail. After a passing fault it tries one, so that its end is noticed. */
  async #checkWrites(): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault
    if (this.#unavailable !== undefined) await this.transact(async (tx) => tx.now())
  }
}

function writerState(db: Database, options: StoreOptions): WriterState {
  const { networkId, networkName, aliases, clock } = options
  const meta = new Map(db.query('SELECT key, value FROM meta').values() as [string, string][])
  const identity = {
    networkId,
    epoch: meta.get('epoch') ?? '',
    legacyHead: Number(meta.get('legacy_head') ?? 0),
  }
  const newest = new LogRows(db, identity).newest()
  const times = [meta.get('clock') ?? '', newest?.createdAt ?? ''].sort()
  return {
    identity,
    names: { networkId, networkName, aliases },
    rooms: new RoomCache(),
    clock: new InstantClock(clock, times.at(-1)),
    head: Math.max(newest?.position ?? 0, Number(meta.get('log_floor') ?? 1) - 1),
  }
}
