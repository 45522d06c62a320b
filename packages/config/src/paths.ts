import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Environment } from './environment.ts'
import { variable } from './environment.ts'

/** The absolute form of a path from a file: `~/` is the home folder, the rest is relative to `base`. */
export function resolvePath(path: string, base: string, env: Environment): string {
  if (path === '~' || path.startsWith('~/')) {
    return join(variable(env, 'HOME') ?? variable(env, 'USERPROFILE') ?? homedir(), path.slice(1))
  }
  return resolve(base, path)
}
