import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { startTimeOf } from '../process/group.ts'
import { ensureFolder, errorCode, readJsonFile, removeFile, writeAll } from './files.ts'

const Owner = z.object({ pid: z.int().positive(), started: z.string() })
type Owner = z.infer<typeof Owner>

/** Another living node runs this attachment with the same state folder. */
export class OwnedElsewhereError extends Error {
  override readonly name = 'OwnedElsewhereError'

  constructor(pid: number) {
    super(`another moltnet node (process ${pid}) runs this agent from the same state folder`)
  }
}

/**
 * Claims an attachment's files for this process, so that two nodes never write the same journal or end
 * each other's turns. The claim of a process that does not live any more is replaced. Returns what
 * gives the claim back. Throws {@link OwnedElsewhereError}.
 */
export function claimOwnership(path: string): () => void {
  ensureFolder(dirname(path))
  const own: Owner = { pid: process.pid, started: startTimeOf(process.pid) ?? '' }
  // Two tries: the first may find the file of a dead process and remove it.
  for (let attempt = 1; ; attempt++) {
    try {
      const file = openSync(path, 'wx', 0o600)
      try {
        writeAll(file, JSON.stringify(own))
      } finally {
        closeSync(file)
      }
      return () => removeFile(path)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST' || attempt === 2) throw error
      const other = readJsonFile(path, Owner)
      if (other !== undefined && isAlive(other)) throw new OwnedElsewhereError(other.pid)
      removeFile(path)
    }
  }
}

function isAlive({ pid, started }: Owner): boolean {
  return started !== '' && startTimeOf(pid) === started
}
