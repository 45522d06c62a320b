import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { isMissing } from '../state/files.ts'

/** Longest path of a Unix socket in bytes: macOS takes 103, Linux 107. */
const LONGEST_PATH = 100

/** Which node is meant. */
export interface NodePlace {
  /** Folder of the node's private files. */
  stateDir: string
  /** The configuration file: a node and a bridge may have the same folder. */
  configPath: string
}

/**
 * Where a node listens for its operator, the best place first: a socket in its state folder; where that path
 * is too long for a socket, one with a short name in a private folder of the system. Windows has one named
 * pipe instead. Whoever looks for the node tries them in this order.
 */
export function controlAddresses(place: NodePlace, env: NodeJS.ProcessEnv = process.env): string[] {
  const name = createHash('sha256').update(realPath(place.configPath)).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return [`\\\\.\\pipe\\moltnet-node-${name}`]
  const runtimeDir = env.XDG_RUNTIME_DIR
  return [
    join(place.stateDir, `node-${name.slice(0, 8)}.sock`),
    ...(runtimeDir ? [join(runtimeDir, 'moltnet', `${name}.sock`)] : []),
    join(tmpdir(), `moltnet-${userInfo().uid}`, `${name}.sock`),
  ].filter((path) => Buffer.byteLength(path) <= LONGEST_PATH)
}

/**
 * Makes the folder of a socket (0700). Throws when it is not this user's alone: in a shared place somebody
 * else could have made it, to listen in the node's stead.
 */
export function ensurePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const found = lstatSync(path)
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
    throw new Error(`${path} must be a folder that only you may enter: run chmod 700 on it, or remove it`)
  }
}

/** The path without links in its folder, so that each way to name the file means the same node. */
function realPath(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch (error) {
    if (isMissing(error)) return path
    throw error
  }
}
