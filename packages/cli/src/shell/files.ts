import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file that must not exist yet: mode 0600, missing folders 0700. False when something of that
 * name is there already; it is left alone.
 */
export async function writeNew(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
