import { Database } from 'bun:sqlite'
import { StoreOpenError } from '../port.ts'
import { describeFileError, errorCode } from './errors.ts'
import { prepareFile } from './files.ts'

/** Holds a database file for this process alone. */
export interface FileLock {
  release(): void
}

/**
 * Takes the side file `<path>.lock` by an exclusive transaction on it. The system frees it when the
 * process ends in any way. A lock on the database itself would shut out our own read connection.
 */
export function lockFile(path: string): FileLock {
  const lockPath = `${path}.lock`
  let holder: Database | undefined
  try {
    prepareFile(lockPath)
    holder = new Database(lockPath, { readwrite: true })
    holder.run('PRAGMA busy_timeout = 0')
    // Nothing is ever written: no journal file is needed.
    holder.run('PRAGMA journal_mode = MEMORY')
    holder.run('BEGIN EXCLUSIVE')
  } catch (error) {
    holder?.close()
    if (errorCode(error) === 'SQLITE_BUSY') {
      throw new StoreOpenError(
        `${path} is in use by another Moltnet server (it holds ${lockPath}); stop that one or set another storage.sqlite.path`,
      )
    }
    throw new StoreOpenError(`cannot lock ${path}: ${lockPath}: ${describeFileError(error)}`, {
      cause: error,
    })
  }
  const held = holder
  return {
    release() {
      held.close()
    },
  }
}
