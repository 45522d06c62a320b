import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreOpenError } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { killGroup } from '../support/group.ts'
import { NETWORK } from '../support/stores.ts'

const WRITER = new URL('../support/writer-process.ts', import.meta.url).pathname
const STRACE = Bun.which('strace')

let folder = ''
let path = ''
let children: Bun.Subprocess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moltnet-process-'))
  path = join(folder, 'moltnet.db')
})
afterEach(async () => {
  await Promise.all(children.map(killGroup))
  children = []
  rmSync(folder, { recursive: true, force: true })
})

/** Starts a writer, under strace with these options when there are any. */
function startWriter(o: { clients: number; messages: number; strace?: readonly string[] }) {
  const traced =
    o.strace === undefined
      ? []
      : [STRACE as string, '-f', '--seccomp-bpf', '-qq', '-o', join(folder, 'trace'), ...o.strace]
  const command = [...traced, process.execPath, WRITER, path, String(o.clients), String(o.messages)]
  const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'inherit', detached: true })
  children.push(child)
  return { child, lines: lines(child.stdout) }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stream) {
    const parts = (text + decoder.decode(chunk, { stream: true })).split('\n')
    text = parts.pop() ?? ''
    yield* parts
  }
}

async function readAll(from: AsyncGenerator<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of from) all.push(line)
  return all
}

const open = () => openSqliteStore(path, { networkId: NETWORK })

/** Every message of the log by id, after checking that it is whole and the positions have no hole. */
async function stored(): Promise<Set<string>> {
  const store = open()
  const found = new Set<string>()
  let position = 0
  for (;;) {
    const entries = await store.read.readLog(position, 500)
    if (entries.length === 0) break
    for (const { message, position: at, json } of entries) {
      expect(at).toBe(position + 1)
      position = at
      expect((JSON.parse(json) as { id: string }).id).toBe(`evt_${store.epoch}.${at}`)
      expect(message?.parts[0]?.text).toBe(message?.id.repeat(200) as string)
      found.add(message?.id as string)
    }
  }
  await store.close()
  return found
}

test('every acknowledged message survives kill -9 in the middle of writes, whole', async () => {
  for (let round = 0; round < 3; round++) {
    path = join(folder, `round-${round}.db`)
    const { child, lines: output } = startWriter({ clients: 16, messages: 100_000 })
    const acknowledged: string[] = []
    for await (const line of output) {
      if (line.startsWith('m')) acknowledged.push(line)
      if (acknowledged.length === 300 + round * 100) child.kill('SIGKILL')
    }
    await child.exited
    expect(acknowledged.length).toBeGreaterThanOrEqual(300)
    const found = await stored()
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
  }
}, 30_000)

test('a second process is refused with a line that names the file, until the first is gone', async () => {
  const { child, lines: output } = startWriter({ clients: 1, messages: 1_000_000 })
  expect((await output.next()).value).toBe('ready')
  let refusal: unknown
  try {
    open()
  } catch (error) {
    refusal = error
  }
  expect(refusal).toBeInstanceOf(StoreOpenError)
  expect((refusal as Error).message).toBe(
    `${path} is in use by another Moltnet server (it holds ${path}.lock); stop that one or set another storage.sqlite.path`,
  )
  child.kill('SIGKILL')
  await child.exited
  await open().close()
})

test('two stores of one process cannot share a file either', async () => {
  const store = open()
  expect(() => open()).toThrow('is in use by another Moltnet server')
  await store.close()
  await open().close()
})

test.skipIf(STRACE === null)(
  'every commit is one fsync, and no message is acknowledged without',
  async () => {
    const { child, lines: output } = startWriter({
      clients: 1,
      messages: 200,
      strace: ['-e', 'trace=fsync,write'],
    })
    expect((await readAll(output)).filter((line) => line.startsWith('m'))).toHaveLength(200)
    await child.exited
    const calls = (await Bun.file(join(folder, 'trace')).text()).split('\n')
    const first = calls.findIndex((call) => call.includes('"ready\\n"'))
    let synced = false
    let acknowledged = 0
    let fsyncs = 0
    for (const call of calls.slice(first + 1)) {
      if (/fsync.*= 0/.test(call)) {
        synced = true
        fsyncs++
      } else if (/write\(1, "m\d+/.test(call)) {
        expect(synced).toBe(true)
        synced = false
        acknowledged++
      }
    }
    expect(acknowledged).toBe(200)
    expect(fsyncs).toBeGreaterThanOrEqual(200)
    // Besides the commits: a few checkpoints and the close.
    expect(fsyncs).toBeLessThan(230)
  },
  30_000,
)

test.skipIf(STRACE === null)(
  'after a failed fsync nothing is acknowledged and the store reports failure',
  async () => {
    const { child, lines: output } = startWriter({
      clients: 4,
      messages: 100_000,
      strace: ['-e', 'trace=fsync', '-e', 'inject=fsync:error=EIO:when=120'],
    })
    const all = await readAll(output)
    expect(await child.exited).toBe(1)
    const firstRefusal = all.findIndex((line) => line.startsWith('refused'))
    expect(all[firstRefusal]).toContain('refused failed: cannot write')
    expect(all.slice(firstRefusal).filter((line) => line.startsWith('m'))).toEqual([])
    expect(all).toContain('failed')
    const acknowledged = all.filter((line) => line.startsWith('m'))
    expect(acknowledged.length).toBeGreaterThan(10)
    const found = await stored()
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
  },
  30_000,
)

test.skipIf(STRACE === null)(
  'a full disk refuses writes by name, loses nothing, and ends when there is space',
  async () => {
    const { child, lines: output } = startWriter({
      clients: 2,
      messages: 300,
      strace: ['-e', 'trace=pwrite64', '-e', 'inject=pwrite64:error=ENOSPC:when=400..420'],
    })
    const all = await readAll(output)
    expect(await child.exited).toBe(0)
    const refused = all.filter((line) => line.startsWith('refused'))
    expect(refused.length).toBeGreaterThan(0)
    for (const line of refused)
      expect(line).toBe(`refused unavailable: cannot write ${path}: there is no space left on its disk`)
    const acknowledged = all.filter((line) => line.startsWith('m'))
    expect(all.findLastIndex((line) => line.startsWith('m'))).toBeGreaterThan(
      all.findLastIndex((line) => line.startsWith('refused')),
    )
    expect([...(await stored())].sort()).toEqual(acknowledged.sort())
  },
  30_000,
)
