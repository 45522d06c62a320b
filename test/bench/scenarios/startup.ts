import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyProgram } from '../calibration.ts'
import { benchRoom, BENCH_NETWORK } from '../load/bodies.ts'
import { median } from '../load/figures.ts'
import type { Measurement, Scenario } from '../scenario.ts'
import type { Subject } from '../server.ts'

/** What starting the program costs: `version`, and a whole `send` with its answer. */
export const startup: Scenario = {
  about: 'cold start of the program: `moltnet version`, and a whole `moltnet send` with its answer',
  parts: (scale) => [
    {
      name: 'cold start',
      async calibrate() {
        await using empty = await emptyProgram()
        const base = await medianMs([empty.path], tmpdir(), scale.quick ? 5 : 20)
        return (subject: Subject) => measure(subject, { base, times: scale.quick ? 5 : 20 })
      },
    },
  ],
}

async function measure(
  subject: Subject,
  { base, times }: { base: number; times: number },
): Promise<Measurement> {
  if (subject.program === undefined) return { figures: [], faults: [] }
  await using server = await subject.start({ members: 1 })
  const workspace = await mkdtemp(join(tmpdir(), 'moltnet-send-'))
  try {
    await writeClientConfig(workspace, server.port)
    const send = ['send', '--target', `room:${benchRoom(0)}`, '--text', 'hello']
    const of = { name: 'empty compiled program', value: base }
    const version = await medianMs([subject.program, 'version'], workspace, times)
    const sending = await medianMs([subject.program, ...send], workspace, times)
    return {
      figures: [
        { name: 'moltnet version', unit: 'ms', value: version, better: 'less', of },
        { name: 'moltnet send', unit: 'ms', value: sending, better: 'less', of },
      ],
      faults: [],
    }
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
          rooms: [{ id: benchRoom(0) }],
        },
      ],
    }),
    { mode: 0o600 },
  )
}

async function medianMs(command: string[], cwd: string, times: number): Promise<number> {
  const samples: number[] = []
  for (let round = 0; round < times; round++) samples.push(await timed(command, cwd))
  return median(samples)
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
