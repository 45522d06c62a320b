// `bun test/bench/profile.ts <load> '<parameters as JSON>'`: runs one load of the generator against the server, from its
// sources, and writes a CPU profile of the server into the working directory. `profile.ts posts '{"clients":32}'`
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseServerConfig } from '@moltnet/config/server'
import { createServer } from '@moltnet/server'
import { linesOf } from './lines.ts'
import { BENCH_NETWORK } from './load/bodies.ts'
import type { LoadParameters } from './load/parameters.ts'
import { OPEN_GUARDS } from '../support/open-guards.ts'
import { runLoad } from './run-load.ts'
import { furnish } from './server.ts'

const [mode = '', argument = '{}'] = process.argv.slice(2)
await (mode === 'serve' ? serve(argument) : profile(mode, JSON.parse(argument) as Partial<LoadParameters>))

/** The child: a server on a free port, which it prints. */
async function serve(folder: string): Promise<void> {
  const text = JSON.stringify({
    network: { id: BENCH_NETWORK, name: 'Bench' },
    server: { listen_addr: '127.0.0.1:0' },
    storage: { kind: 'sqlite', sqlite: { path: join(folder, 'bench.db') } },
    guards: Bun.YAML.parse(OPEN_GUARDS),
  })
  const { config } = await parseServerConfig(text)
  const server = await createServer(config)
  process.stdout.write(`${server.port}\n`)
  process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)))
}

async function profile(load: string, parameters: Partial<LoadParameters>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-profile-'))
  const child = Bun.spawn([process.execPath, '--cpu-prof', import.meta.path, 'serve', folder], {
    stdout: 'pipe',
  })
  try {
    const port = Number((await linesOf(child.stdout).next()).value)
    const server = {
      hostname: '127.0.0.1',
      port,
      network: BENCH_NETWORK,
      readyMs: undefined,
      residentBytes: async () => undefined,
      cpuSeconds: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }
    await furnish(server, { rooms: parameters.rooms ?? 1, members: parameters.attachments ?? 0 })
    const result = await runLoad(load, { seconds: 4, warmupSeconds: 1, ...parameters, port })
    process.stdout.write(`${JSON.stringify(result)}\n`)
  } finally {
    child.kill('SIGTERM')
    await child.exited
    await rm(folder, { recursive: true, force: true })
  }
}
