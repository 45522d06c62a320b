// By their names on the module, where a simulation replaces them.
import fs from 'node:fs'

/** Makes what SQLite has written durable, beside the loop. */
export interface LogSync {
  /** Resolves when everything that is written by now is on the disk. */
  sync(): Promise<void>
  close(): void
}

/**
 * A file descriptor of its own for the write-ahead log, which is there and stays the same file as long as a
 * connection is open. SQLite locks the database and its `-shm`, never this file, so closing it releases no lock. An
 * error of the disk is told to every descriptor that was open when it happened.
 */
export function openLogSync(path: string): LogSync {
  const log = fs.openSync(`${path}-wal`, 'r')
  return {
    sync: () =>
      new Promise((resolve, reject) => {
        fs.fsync(log, (error) => (error === null ? resolve() : reject(error)))
      }),
    close: () => fs.closeSync(log),
  }
}
