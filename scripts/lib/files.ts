import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Glob } from 'bun'

/** The repository: the folder that holds `scripts/`. */
export const REPOSITORY = join(import.meta.dir, '..', '..')

const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.moltnet', '.cache'])

/**
 * Files below `root` that match `pattern`, as sorted paths relative to `root` with forward slashes.
 * Installed and built files are left out; dot folders such as `.ci` are not.
 */
export function listFiles(root: string, pattern: string): string[] {
  if (!existsSync(root)) return []
  return [...new Glob(pattern).scanSync({ cwd: root, dot: true })]
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.split('/').some((part) => NOT_OURS.has(part)))
    .sort()
}

/** Text of one file, or undefined when there is none: another process may have removed it since it was listed. */
export async function readText(root: string, path: string): Promise<string | undefined> {
  const file = Bun.file(join(root, path))
  return (await file.exists()) ? await file.text() : undefined
}
