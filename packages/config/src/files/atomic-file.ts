import { constants } from 'node:fs'
import { lstat, mkdir, open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileError } from '../core/fault.ts'
import { codeOf } from './read-file.ts'

/** Permission bits of a file with secrets. */
const PRIVATE_FILE = 0o600
/** Permission bits of a folder that holds files with secrets. */
const PRIVATE_FOLDER = 0o700

/**
 * Writes a private file (0600) whole or not at all: readers see the old or the new content, also after a
 * crash. Missing folders are made 0700. A symbolic link or anything else that is no regular file in its
 * place is refused with a ConfigError. Safe with several writers at once: one of them wins whole.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await refuseOddTarget(path)
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
  const draft = join(folder, `.${basename(path)}.${process.pid}.${crypto.randomUUID()}.tmp`)
  try {
    // `wx` never opens what is there already, so the mode is ours and no link is followed.
    const handle = await open(draft, 'wx', PRIVATE_FILE)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, path)
  } catch (error) {
    await unlink(draft).catch(() => undefined)
    throw error
  }
  await syncFolder(folder)
}

async function refuseOddTarget(path: string): Promise<void> {
  const stat = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (stat?.isSymbolicLink())
    throw fileError(path, 'is a symbolic link; a file with tokens is never written through one')
  if (stat && !stat.isFile()) throw fileError(path, 'is not a regular file, so nothing was written')
}

/** Makes the new name last through power loss. Some file systems cannot do this for a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY).catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
