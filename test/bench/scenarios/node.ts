import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figure, Measurement, Scenario } from '../scenario.ts'
import type { BenchServer, Subject } from '../server.ts'
import { until } from '../../support/condition.ts'

/** A node with a hundred idle attachments must stay below this, in MB. */
const BAR_MB = 80
/** What an attachment does when it has just connected is not what it costs, in milliseconds. */
const SETTLE_MS = 3_000

/** What a node costs in memory: alone, and with a hundred attachments that have nothing to do. */
export const node: Scenario = {
  about: `memory of a node, empty and with 100 idle attachments, which must stay below ${BAR_MB} MB`,
  ownOnly: 'it measures our own node',
  parts: (scale) => {
    const attachments = scale.quick ? 20 : 100
    return [
      {
        name: `${attachments} idle attachments`,
        calibrate: async () => (subject: Subject) => measure(subject, attachments),
      },
    ]
  },
}

interface Memory {
  resident: number
  anonymous: number
}

async function measure(subject: Subject, attachments: number): Promise<Measurement> {
  const { program } = subject
  if (program === undefined) throw new Error('a server without a program has no node')
  await using server = await subject.start({})
  const empty = await memoryOfNode(program, server, 0)
  const full = await memoryOfNode(program, server, attachments)
  const of = (value: number) => ({ name: 'empty node', value })
  const figures: Figure[] = [
    { name: 'resident', unit: 'MB', value: full.resident, better: 'less', of: of(empty.resident) },
    { name: 'anonymous', unit: 'MB', value: full.anonymous, better: 'less', of: of(empty.anonymous) },
    {
      name: 'each attachment, anonymous',
      unit: 'kB',
      value: ((full.anonymous - empty.anonymous) * 1024) / attachments,
      better: 'less',
    },
  ]
  const over = full.resident >= BAR_MB
  return {
    figures,
    faults: over ? [`the node has ${full.resident.toFixed(1)} MB, the bar is ${BAR_MB}`] : [],
  }
}

/** Starts a node whose attachments are all connected, and reads its memory in MB when they have settled. */
async function memoryOfNode(program: string, server: BenchServer, attachments: number): Promise<Memory> {
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-bench-node-'))
  const base = `http://${server.hostname}:${server.port}`
  const blocks = Array.from({ length: attachments }, async (_, index) => {
    await mkdir(join(folder, `w${index}`))
    return `\n  - { agent: { id: idle-${index} }, dms: { enabled: true }, runtime: { kind: command, command: /bin/cat, workspace_path: ./w${index} } }`
  })
  const config = join(folder, 'MoltnetNode')
  const list = attachments === 0 ? ' []' : (await Promise.all(blocks)).join('')
  const network = `moltnet: { base_url: "${base}", network_id: ${server.network} }`
  await writeFile(config, `${network}\nattachments:${list}\n`, { mode: 0o600 })
  const child = Bun.spawn([program, 'node', 'start', config], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, MOLTNET_LOG_LEVEL: 'warning' },
    stdout: 'ignore',
    stderr: 'inherit',
  })
  try {
    await until(async () => {
      const run = Bun.spawn([program, 'node', 'status', config, '--json'], {
        stdout: 'pipe',
        stderr: 'ignore',
      })
      const text = await new Response(run.stdout).text()
      if ((await run.exited) !== 0) return false
      const { attachments: states } = JSON.parse(text) as { attachments: { state: string }[] }
      return states.length === attachments && states.every(({ state }) => state === 'connected')
    }, 'all attachments are connected')
    await Bun.sleep(SETTLE_MS)
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
    const megabytes = (key: string) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
    return { resident: megabytes('VmRSS'), anonymous: megabytes('RssAnon') }
  } finally {
    child.kill('SIGTERM')
    await child.exited
    await rm(folder, { recursive: true, force: true })
  }
}
