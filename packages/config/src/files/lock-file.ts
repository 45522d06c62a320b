import { mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileError } from '../core/fault.ts'
import { codeOf } from './read-file.ts'

/** Timing of lock files, in milliseconds. A lock is held only for reading and writing one small file. */
const LOCK_TIMING = {
  /** Between two tries; up to twice that, so that waiting programs do not move in step. */
  retryMs: 15,
  /** After this long without the lock the change is given up. */
  giveUpMs: 10_000,
  /** A lock without a process id this old was left by a crash between its two system calls. */
  tornMs: 5_000,
} as const

/**
 * Runs `action` while no other program that changes the file does the same. The lock is a file beside it
 * with the holder's process id; one that a killed program left is taken over.
 */
export async function withFileLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const deadline = Date.now() + LOCK_TIMING.giveUpMs
  while (!(await tryLock(lock))) {
    if (Date.now() > deadline) {
      throw fileError(path, `is being changed by another program (remove ${lock} if none is running)`)
    }
    if (await isAbandoned(lock)) await takeAway(lock)
    else await new Promise((wake) => setTimeout(wake, LOCK_TIMING.retryMs * (1 + Math.random())))
  }
  try {
    return await action()
  } finally {
    await unlink(lock).catch(() => undefined)
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    const handle = await open(lock, 'wx', 0o600)
    try {
      await handle.writeFile(String(process.pid))
    } finally {
      await handle.close()
    }
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(lock, 'utf8'))
    if (pid > 0) return !isRunning(pid)
    return Date.now() - (await stat(lock)).mtimeMs > LOCK_TIMING.tornMs
  } catch {
    // Released meanwhile: the next try will tell.
    return false
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

/** Removes an abandoned lock. Renamed first: of several programs that see it only one gets the name. */
async function takeAway(lock: string): Promise<void> {
  const aside = `${lock}.${crypto.randomUUID()}`
  try {
    await rename(lock, aside)
    if (await isAbandoned(aside)) await unlink(aside)
    // Another program was faster and this is its fresh lock: give it back.
    else await rename(aside, lock)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}
