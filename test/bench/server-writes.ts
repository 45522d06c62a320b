// Accepted messages per second of the server alone, run from its sources: `bun test/bench/server-writes.ts`.
// Takes about 10 s. With `--profile` the server writes a CPU profile into the working directory.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseServerConfig } from '@moltnet/config/server'
import { createServer } from '@moltnet/server'
import { BENCH_NETWORK, BENCH_ROOM } from './load/bodies.ts'
import type { ClosedLoopResult } from './load/closed-loop.ts'
import { runLoad } from './run-load.ts'

const CLIENTS = [1, 8, 32, 64]
const SECONDS = 1.5

const [mode, folder] = process.argv.slice(2)
await (mode === 'serve' ? serve(folder ?? '.') : measure(mode === '--profile'))

/** The child: a server on a free port, which it prints. */
async function serve(databaseFolder: string): Promise<void> {
  const text = JSON.stringify({
    network: { id: BENCH_NETWORK, name: 'Bench' },
    server: { listen_addr: '127.0.0.1:0' },
    storage: { kind: 'sqlite', sqlite: { path: join(databaseFolder, 'bench.db') } },
    rooms: [{ id: BENCH_ROOM, members: ['agent-0'] }],
  })
  const { config } = await parseServerConfig(text)
  const server = await createServer(config)
  process.stdout.write(`${server.port}\n`)
  process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)))
}

async function measure(profile: boolean): Promise<void> {
  const database = await mkdtemp(join(tmpdir(), 'moltnet-writes-'))
  const flags = profile ? ['--cpu-prof'] : []
  const child = Bun.spawn([process.execPath, ...flags, import.meta.path, 'serve', database], {
    stdout: 'pipe',
  })
  try {
    const port = await firstLine(child.stdout)
    for (const clients of CLIENTS) {
      const parameters = {
        port: Number(port),
        clients,
        seconds: SECONDS,
        warmupSeconds: 0.5,
        frameBytes: 600,
      }
      const result = await runLoad<ClosedLoopResult>('posts', parameters)
      process.stdout.write(
        `${String(clients).padStart(3)} clients: ${Math.round(result.perSecond)} accepted/s  p50 ${result.p50Ms.toFixed(2)} ms  p99 ${result.p99Ms.toFixed(2)} ms  failed ${result.failed}\n`,
      )
    }
  } finally {
    child.kill('SIGTERM')
    await child.exited
    await rm(database, { recursive: true, force: true })
  }
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk)
    if (text.includes('\n')) break
  }
  return text.trim()
}
