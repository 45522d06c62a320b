import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { NETWORK } from '../support/stores.ts'

const PROGRAM = new URL('../support/slow-disk-process.ts', import.meta.url).pathname
const STRACE = ['strace', '-f', '--seccomp-bpf', '-qqq', '-o', '/dev/null', '-e', 'trace=fsync']
/** How long each fsync is held up, in microseconds. */
const DELAY_US = 300_000

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moltnet-slow-disk-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Seen {
  early: number
  turns: number
  longestMs: number
  refused: string
  readRefused: string
}

async function run(inject: string, messages: number): Promise<Seen> {
  const path = join(folder, 'moltnet.db')
  // Made beforehand, so that the child has little to sync but its commits.
  await openSqliteStore(path, { networkId: NETWORK }).close()
  const command = [
    ...STRACE,
    '-e',
    `inject=fsync:${inject}`,
    process.execPath,
    PROGRAM,
    path,
    String(messages),
  ]
  const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'inherit' })
  const [text] = await Promise.all([new Response(child.stdout).text(), child.exited])
  return JSON.parse(text) as Seen
}

test('while the disk is slow the loop goes on, and nobody sees what is not durable', async () => {
  const { early, turns, longestMs, refused } = await run(`delay_enter=${DELAY_US}`, 3)
  expect(refused).toBe('')
  expect(longestMs).toBeGreaterThanOrEqual(DELAY_US / 1000)
  expect(turns).toBeGreaterThan(10)
  expect(early).toBe(0)
}, 60_000)

test('what may be lost after a failed fsync is read by nobody', async () => {
  const { refused, readRefused, early } = await run('error=EIO:when=6+', 100)
  expect(refused).toContain('cannot write')
  expect(readRefused).toBe(refused)
  expect(early).toBe(0)
}, 60_000)
