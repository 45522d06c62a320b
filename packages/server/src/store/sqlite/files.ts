import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Messages are private: nobody but the owner may read the files. */
const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

/**
 * Makes the folders (0700) and an empty file (0600) where they are missing, and takes the rights of
 * group and others from an existing file. SQLite gives its side files the mode of the database.
 */
export function prepareFile(path: string): { existed: boolean } {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE })
  const existed = existsSync(path) && statSync(path).size > 0
  closeSync(openSync(path, 'a', FILE_MODE))
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, FILE_MODE)
  }
  return { existed }
}

/** Makes a finished file and its name durable. */
export function syncFile(path: string): void {
  for (const target of [path, dirname(path)]) {
    const file = openSync(target, 'r')
    try {
      fsyncSync(file)
    } catch (error) {
      // Folders cannot be synced everywhere (Windows); the file itself must be.
      if (target === path) throw error
    } finally {
      closeSync(file)
    }
  }
}
