import { StoreFailed, StoreOpenError } from '../port.ts'

/** What to tell a person about a database with bytes that nobody wrote to it. */
export const DAMAGED = 'it is damaged; restore it from a backup'

/** The `code` of an SQLite error (`SQLITE_FULL`), or the system's (`ENOSPC`); undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** What to tell a person about a file that cannot be used. */
export function describeFileError(error: unknown): string {
  switch (errorCode(error)) {
    case 'SQLITE_FULL':
    case 'ENOSPC':
    case 'EDQUOT':
      return 'there is no space left on its disk'
    case 'SQLITE_READONLY':
    case 'SQLITE_READONLY_DIRECTORY':
    case 'SQLITE_READONLY_DBMOVED':
    case 'EROFS':
      return 'it is read-only'
    case 'EACCES':
    case 'EPERM':
      return 'permission is denied'
    case 'SQLITE_CANTOPEN':
      return 'it cannot be opened; check that its folder exists and may be written to'
    case 'SQLITE_NOTADB':
      return 'it is not an SQLite database'
    case 'SQLITE_CORRUPT':
      return DAMAGED
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return 'another program holds it'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}

/**
 * Turns what SQLite threw while writing into the store's own error. A lack of space, or a
 * file that another program holds, leaves it as it was and can end by itself; after any other fault it is
 * not known what reached the disk.
 */
export function writeFault(error: unknown, path: string): StoreFailed {
  const code = errorCode(error)
  const passing = code === 'SQLITE_FULL' || code === 'SQLITE_BUSY'
  const message = `cannot write ${path}: ${describeFileError(error)}`
  return new StoreFailed(passing ? 'unavailable' : 'failed', message, error)
}

/** Whether an error thrown by a statement is about the file rather than about the statement. */
export function isFileFault(error: unknown): boolean {
  const code = errorCode(error)
  if (code === undefined || !code.startsWith('SQLITE_')) return false
  return /^SQLITE_(FULL|IOERR|CORRUPT|READONLY|CANTOPEN|NOTADB|NOMEM|BUSY|PROTOCOL)/.test(code)
}

/** What a fault of the file, that shows only while a server starts on it, is to the operator; else the error itself. */
export function startFault(error: unknown, path: string): unknown {
  if (!isFileFault(error)) return error
  return new StoreOpenError(`cannot use ${path}: ${describeFileError(error)}`, { cause: error })
}
