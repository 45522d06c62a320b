import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OPEN_GUARDS } from '../support/open-guards.ts'
import { BENCH_NETWORK } from './load/bodies.ts'
import { type BenchServer, furnish, metricsOf, type ServerNeeds, type Subject } from './server.ts'

const ROOT = new URL('../../', import.meta.url).pathname
/** The compiled program, as users run it. */
export const PROGRAM = join(ROOT, 'dist', 'moltnet')
/** Clock ticks per second of `/proc/<pid>/stat`: the same on every Linux that matters. */
const TICKS_PER_SECOND = 100
const READY_DEADLINE_MS = 30_000

/** Programs that know no guards. */
const GUARDLESS = new Set<string>()

/** A Moltnet program: each start is a process of its own on a free port, with its own database. */
export function programSubject(name: string, program: string): Subject {
  return { name, program, start: (needs = {}) => startProgram(program, needs) }
}

/** A Moltnet server that runs already, without auth. What it costs is known only as far as it tells. */
export function runningSubject(name: string, url: string): Subject {
  const { hostname, port } = new URL(url)
  return {
    name,
    program: undefined,
    async start(needs = {}) {
      const answer = await fetch(new URL('/v1/network', url))
      if (!answer.ok) throw new Error(`${url}/v1/network: ${answer.status}`)
      const { id } = (await answer.json()) as { id: string }
      const server: BenchServer = {
        hostname,
        port: Number(port || 80),
        network: id,
        readyMs: undefined,
        residentBytes: async () => (await metricsOf(server)).get('process_resident_memory_bytes'),
        cpuSeconds: async () => (await metricsOf(server)).get('process_cpu_seconds_total'),
        [Symbol.asyncDispose]: async () => undefined,
      }
      await furnish(server, needs)
      return server
    },
  }
}

/** Our own program, as `npm run build` has made it. */
export const OWN = programSubject('this', PROGRAM)

async function startProgram(program: string, needs: ServerNeeds): Promise<BenchServer> {
  const folder = needs.folder ?? (await mkdtemp(join(tmpdir(), 'moltnet-bench-')))
  const port = await freePort()
  const path = join(folder, 'Moltnet')
  const lines = [
    `network: { id: ${BENCH_NETWORK}, name: Bench }`,
    `server: { listen_addr: "127.0.0.1:${port}" }`,
    `storage: { kind: sqlite, sqlite: { path: ${JSON.stringify(join(folder, 'bench.db'))} } }`,
    ...(needs.auth === undefined ? [] : [`auth: ${needs.auth}`]),
  ]
  // A program from before there were guards refuses the key, and needs none of it.
  const guards = GUARDLESS.has(program) ? [] : [`guards: ${OPEN_GUARDS}`]
  await writeFile(path, [...lines, ...guards].join('\n'), { mode: 0o600 })
  const started = performance.now()
  const log = join(folder, 'server.log')
  const child = Bun.spawn([program, 'start', path], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', MOLTNET_LOG_LEVEL: 'warning' },
    stdout: 'ignore',
    stderr: Bun.file(log),
  })
  try {
    await untilReady(port, child, log)
  } catch (error) {
    if (guards.length === 0 || !String(error).includes(': guards: ')) throw error
    GUARDLESS.add(program)
    if (needs.folder === undefined) await rm(folder, { recursive: true, force: true })
    return startProgram(program, needs)
  }
  const server: BenchServer = {
    hostname: '127.0.0.1',
    port,
    network: BENCH_NETWORK,
    readyMs: performance.now() - started,
    residentBytes: () => residentBytes(child.pid),
    cpuSeconds: () => cpuSeconds(child.pid),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await child.exited
      if (needs.folder === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
  await furnish(server, needs)
  return server
}

async function untilReady(port: number, child: Bun.Subprocess, log: string): Promise<void> {
  const deadline = performance.now() + READY_DEADLINE_MS
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.status === 200) return
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`the server did not become ready: ${await Bun.file(log).text()}`)
    await Bun.sleep(2)
  }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text()
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024
}

/** User and system time of a process, in seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await Bun.file(`/proc/${pid}/stat`).text()
  // The name of the program, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const port = probe.port as number
  await probe.stop(true)
  return port
}
