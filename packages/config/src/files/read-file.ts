import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import type { ConfigError } from '../core/fault.ts'
import { fileError } from '../core/fault.ts'
import { DOCUMENT_LIMITS } from '../core/source-tree.ts'

/** What matters about a file that may hold secrets, taken from the very file that was read. */
export interface FileFacts {
  /** The path names a symbolic link. */
  symlink: boolean
  /** Permission bits, `0o600` for a private file. */
  mode: number
}

/** A text file that was read. */
export interface ReadFile {
  text: string
  facts: FileFacts
}

/**
 * Reads a regular UTF-8 file of bounded size, or undefined when there is no such file. `shown` is how
 * messages name it. Throws a ConfigError when it cannot be read. Never blocks on a named pipe.
 */
export async function readTextFile(path: string, shown: string): Promise<ReadFile | undefined> {
  const opened = await openFile(path, shown)
  if (opened === undefined) return undefined
  const { handle, symlink } = opened
  try {
    const stat = await handle.stat()
    if (stat.isDirectory()) throw fileError(shown, 'is a directory, not a file')
    if (!stat.isFile()) throw fileError(shown, 'is not a regular file')
    if (stat.size > DOCUMENT_LIMITS.bytes) throw tooLarge(shown)
    const bytes = await handle.readFile()
    if (bytes.length > DOCUMENT_LIMITS.bytes) throw tooLarge(shown)
    return { text: decode(bytes, shown), facts: { symlink, mode: stat.mode & 0o777 } }
  } finally {
    await handle.close()
  }
}

/** Opens without following a link first, so that what is said about the link is about this very file. */
async function openFile(
  path: string,
  shown: string,
): Promise<{ handle: FileHandle; symlink: boolean } | undefined> {
  // Windows has neither flag; there they are undefined and count as 0.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
  try {
    return { handle: await open(path, flags | (constants.O_NOFOLLOW ?? 0)), symlink: false }
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    if (codeOf(error) !== 'ELOOP') throw unreadable(shown, error)
  }
  try {
    return { handle: await open(path, flags), symlink: true }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw fileError(shown, 'is a symbolic link to a file that is not there')
    throw unreadable(shown, error)
  }
}

/** The `code` of a system error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

function unreadable(shown: string, error: unknown): ConfigError {
  const reasons: Record<string, string> = {
    EACCES: 'this user may not read it',
    EPERM: 'this user may not read it',
    EISDIR: 'it is a directory, not a file',
    ENXIO: 'it is not a regular file',
    ELOOP: 'its symbolic links go in a circle',
  }
  const code = codeOf(error) ?? 'unknown error'
  return fileError(shown, `cannot be read: ${reasons[code] ?? code}`, error)
}

function tooLarge(shown: string): ConfigError {
  return fileError(shown, `is larger than ${DOCUMENT_LIMITS.bytes} bytes`)
}

function decode(bytes: Uint8Array, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw fileError(shown, 'is not UTF-8 text', error)
  }
}
