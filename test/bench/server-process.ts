import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BENCH_NETWORK, BENCH_ROOM } from './load/bodies.ts'

const ROOT = new URL('../../', import.meta.url).pathname
/** The compiled program, as users run it. */
export const PROGRAM = join(ROOT, 'dist', 'moltnet')

/** A server under load: a process of its own on a free port with its database in a temporary folder. */
export interface BenchServer extends AsyncDisposable {
  port: number
  pid: number
  folder: string
  /** Milliseconds from the start of the process until `/readyz` said ready. */
  readyMs: number
  residentBytes(): Promise<number>
}

/** How a server under load is started. */
export interface BenchServerOptions {
  /** Keeps the database of an earlier run. */
  folder?: string
  members?: number
  /** The `auth` section of its file; none when left out. */
  auth?: string
}

/** Starts the compiled program. */
export async function startBenchServer(o: BenchServerOptions = {}): Promise<BenchServer> {
  const folder = o.folder ?? (await mkdtemp(join(tmpdir(), 'moltnet-bench-')))
  const port = await freePort()
  const members = Array.from({ length: o.members ?? 0 }, (_, i) => `agent-${i}`)
  const batches = members.slice(0, 256)
  await writeFile(
    join(folder, 'Moltnet'),
    [
      `network: { id: ${BENCH_NETWORK}, name: Bench }`,
      `server: { listen_addr: "127.0.0.1:${port}" }`,
      `storage: { kind: sqlite, sqlite: { path: ${JSON.stringify(join(folder, 'bench.db'))} } }`,
      `rooms: [{ id: ${BENCH_ROOM}, members: ${JSON.stringify(batches)} }]`,
      ...(o.auth === undefined ? [] : [`auth: ${o.auth}`]),
    ].join('\n'),
    { mode: 0o600 },
  )
  const started = performance.now()
  const child = Bun.spawn([PROGRAM, 'start', join(folder, 'Moltnet')], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', MOLTNET_LOG_LEVEL: 'warning' },
    stdout: 'ignore',
    stderr: Bun.file(join(folder, 'server.log')),
  })
  await untilReady(port, child)
  const readyMs = performance.now() - started
  for (let first = 256; first < members.length; first += 256)
    await addMembers(port, members.slice(first, first + 256))
  return {
    port,
    pid: child.pid,
    folder,
    readyMs,
    residentBytes: () => residentBytes(child.pid),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await child.exited
      if (o.folder === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(port: number, child: Bun.Subprocess): Promise<void> {
  const deadline = performance.now() + 30_000
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.status === 200) return
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error('the server did not become ready; see server.log')
    await Bun.sleep(2)
  }
}

async function addMembers(port: number, add: string[]): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/rooms/${BENCH_ROOM}/members`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ add }),
  })
  if (!answer.ok) throw new Error(`adding members: ${answer.status} ${await answer.text()}`)
}

async function residentBytes(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text()
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const port = probe.port as number
  await probe.stop(true)
  return port
}
