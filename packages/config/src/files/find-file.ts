import { readdir } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { Environment } from '../environment.ts'
import { variable } from '../environment.ts'

/** A configuration file as it was found. */
export interface FoundFile {
  /** Absolute path. */
  path: string
  /** How messages name it: as the user wrote it, or its bare name. */
  shown: string
  /** The user named it, so it must be there. */
  named?: true
}

/** Where a kind of file is looked for. */
export interface FileSearch {
  /** An explicit path; it wins over everything. */
  path?: string
  /** Folder that relative paths start from and names are looked up in. */
  cwd: string
  env: Environment
  /** Variable that names the file. */
  variable: string
  /** Names under `cwd`, the first that is there wins. */
  names: readonly string[]
}

/** The file that a search means, or undefined when none was named and none is there. */
export async function findFile(search: FileSearch): Promise<FoundFile | undefined> {
  const named = search.path ?? variable(search.env, search.variable)
  if (named !== undefined) return { path: resolve(search.cwd, named), shown: named, named: true }
  for (const name of search.names) {
    const path = resolve(search.cwd, name)
    if (await isListed(path)) return { path, shown: name }
  }
  return undefined
}

/**
 * Whether a folder lists the file under exactly this name. Asking for the file itself would, on a disk that
 * ignores case, take the program `moltnet` for the file `Moltnet`.
 */
async function isListed(path: string): Promise<boolean> {
  const entries = await readdir(dirname(path), { withFileTypes: true }).catch(() => [])
  return entries.some((entry) => entry.name === basename(path) && !entry.isDirectory())
}
