import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyProgram } from '../calibration.ts'
import { BENCH_NETWORK, BENCH_ROOM } from '../load/bodies.ts'
import { median } from '../load/figures.ts'
import { PROGRAM, startBenchServer } from '../server-process.ts'
import { figure } from './format.ts'

const ROUNDS = 40

/** What starting the program costs: `version`, and a whole `send` with its answer. */
export async function* startup(): AsyncIterable<string> {
  await using empty = await emptyProgram()
  await using server = await startBenchServer({ members: 1 })
  const workspace = await mkdtemp(join(tmpdir(), 'moltnet-send-'))
  try {
    await writeClientConfig(workspace, server.port)
    const send = ['send', '--target', `room:${BENCH_ROOM}`, '--text', 'hello']
    const samples = { empty: [] as number[], version: [] as number[], send: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      samples.empty.push(await timed([empty.path], workspace))
      samples.version.push(await timed([PROGRAM, 'version'], workspace))
      samples.send.push(await timed([PROGRAM, ...send], workspace))
    }
    const base = median(samples.empty)
    yield `empty compiled program: ${figure(base, 1)} ms (median of ${ROUNDS})`
    yield `moltnet version:        ${figure(median(samples.version), 1)} ms (${figure(median(samples.version) - base, 1)} ms more)`
    yield `moltnet send:           ${figure(median(samples.send), 1)} ms (${figure(median(samples.send) / base, 1)} times the empty program)`
  } finally {
    await rm(workspace, { recursive: true, force: true })
  }
}

async function writeClientConfig(workspace: string, port: number): Promise<void> {
  await mkdir(join(workspace, '.moltnet'), { mode: 0o700 })
  await writeFile(
    join(workspace, '.moltnet', 'config.json'),
    JSON.stringify({
      version: 'moltnet.client.v1',
      agent: { name: 'Agent', runtime: 'codex' },
      attachments: [
        {
          base_url: `http://127.0.0.1:${port}`,
          network_id: BENCH_NETWORK,
          member_id: 'agent-0',
          auth: { mode: 'none' },
          rooms: [{ id: BENCH_ROOM }],
        },
      ],
    }),
    { mode: 0o600 },
  )
}

async function timed(command: string[], cwd: string): Promise<number> {
  const started = performance.now()
  const child = Bun.spawn(command, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '' },
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const code = await child.exited
  const ms = performance.now() - started
  if (code !== 0)
    throw new Error(`${command.join(' ')}: exit code ${code}: ${await new Response(child.stderr).text()}`)
  return ms
}
