import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A folder that is removed with everything in it. */
export interface TempFolder extends Disposable {
  readonly path: string
  join(...parts: string[]): string
}

export function tempFolder(): TempFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'moltnet-node-')))
  return {
    path,
    join: (...parts) => join(path, ...parts),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** Waits until `condition` gives something other than undefined or false. Fails after `withinMs`. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`)
    await Bun.sleep(5)
  }
}

/** Waits for the pid that a program writes to a file; a file that is not filled yet does not count. */
export async function pidIn(path: string): Promise<number> {
  return await until(`a pid in ${path}`, () => {
    const pid = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
    return pid > 1 && pid
  })
}

/** Makes `path` a program that runs a script of this folder with Bun. */
export function installScript(path: string, script: string): string {
  const source = fileURLToPath(new URL(`./${script}`, import.meta.url))
  return installProgram(path, `exec '${process.execPath}' '${source}' "$@"`)
}

/** Makes `path` a shell program. */
export function installProgram(path: string, body: string): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  return path
}

/** Whether a process runs: a zombie does not. */
export function isRunning(pid: number): boolean {
  const ps = Bun.spawnSync(['ps', '-o', 'stat=', '-p', String(pid)])
  const state = ps.stdout.toString().trim()
  return state !== '' && !state.startsWith('Z')
}
