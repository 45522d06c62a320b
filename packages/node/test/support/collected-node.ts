/**
 * A node in a process that collects its garbage on demand: `bun collected-node.ts <config> <state folder>`.
 * Answers each line on stdin with what is left after a collection, as JSON. Ends with stdin.
 */
import { heapStats } from 'bun:jsc'
import { existsSync, readFileSync } from 'node:fs'
import { loadNodeConfig } from '@moltnet/config/node'
import { runNode } from '../../src/index.ts'

/** What a process keeps, in bytes. */
export interface Kept {
  heap: number
  /** Memory of its own that is in use, without the pages of files; undefined where the system does not tell. */
  anonymous: number | undefined
}

function kept(): Kept {
  // What the first collection finalises, the second one frees.
  Bun.gc(true)
  Bun.gc(true)
  const { heapSize, extraMemorySize } = heapStats()
  return { heap: heapSize + extraMemorySize, anonymous: anonymousBytes() }
}

function anonymousBytes(): number | undefined {
  if (!existsSync('/proc/self/status')) return undefined
  const kilobytes = /^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

if (import.meta.main) {
  const [path, stateDir] = process.argv.slice(2) as [string, string]
  const { config } = await loadNodeConfig({ path, cwd: process.cwd(), env: process.env, features: 'all' })
  const node = await runNode(config, { stateDir, killGraceMs: 200, stopGraceMs: 200 })
  for await (const _line of console) process.stdout.write(`${JSON.stringify(kept())}\n`)
  await node.stop()
  process.exit(0)
}
