import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
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
  /** Names in `cwd`, the first that is there wins. */
  names: readonly string[]
}

/** The file that a search means, or undefined when none was named and none is there. */
export async function findFile(search: FileSearch): Promise<FoundFile | undefined> {
  const named = search.path ?? variable(search.env, search.variable)
  if (named !== undefined) return { path: resolve(search.cwd, named), shown: named, named: true }
  const entries = new Map((await entriesOf(search.cwd)).map((entry) => [entry.name, entry]))
  // Looked up in a listing, because on case-insensitive disks the program `moltnet` would be taken for `Moltnet`.
  const name = search.names.find((one) => entries.get(one)?.isDirectory() === false)
  return name === undefined ? undefined : { path: resolve(search.cwd, name), shown: name }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => [])
}
