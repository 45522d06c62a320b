import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchRoom } from '../load/bodies.ts'
import type { ClosedLoopResult } from '../load/closed-loop.ts'
import { runLoad } from '../run-load.ts'
import type { Figure, Measurement, Scale, Scenario } from '../scenario.ts'
import { seedId, seedMessages } from '../seed.ts'
import type { BenchServer, Subject } from '../server.ts'

const DEPTHS = [0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999]

/** Pages at any depth, and start to ready, with a million messages stored. */
export const history: Scenario = {
  about: 'pages of a long history at any depth, and start to ready with it',
  ownOnly: 'the history is written by this store',
  parts: (scale) => {
    const messages = scale.quick ? 10_000 : 1_000_000
    const name = `${messages.toLocaleString('en-US')} messages`
    return [
      { name, calibrate: async () => (subject: Subject) => measure(subject, { scale, messages, name }) },
    ]
  },
}

async function measure(
  subject: Subject,
  o: { scale: Scale; messages: number; name: string },
): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-history-'))
  try {
    const empty = await readyMs(subject, folder)
    await seedMessages(join(folder, 'bench.db'), o.messages)
    const ready: Figure = {
      name: `${o.name}: start to ready`,
      unit: 'ms',
      value: await readyMs(subject, folder),
      better: 'less',
      of: { name: 'empty database', value: empty },
    }
    await using server = await subject.start({ folder })
    const figures = [ready]
    for (const limit of [20, 100]) figures.push(...(await pages(server, { ...o, limit })))
    return { figures, faults: [] }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function pages(
  { port }: BenchServer,
  { scale, messages, limit }: { scale: Scale; messages: number; limit: number },
): Promise<Figure[]> {
  const figures: Figure[] = []
  let newest: number | undefined
  for (const depth of DEPTHS) {
    const cursor = depth === 0 ? '' : `&before=${seedId(Math.floor(messages * (1 - depth)))}`
    const { p50Ms } = await runLoad<ClosedLoopResult>('pages', {
      port,
      seconds: scale.seconds / 4,
      warmupSeconds: scale.warmupSeconds / 4,
      paths: [`/v1/rooms/${benchRoom(0)}/messages?limit=${limit}${cursor}`],
    })
    newest ??= p50Ms
    figures.push({
      name: `page of ${limit} at ${depth * 100} % depth: answer p50`,
      unit: 'ms',
      value: p50Ms,
      better: 'less',
      of: { name: 'the newest page', value: newest },
    })
  }
  return figures
}

async function readyMs(subject: Subject, folder: string): Promise<number> {
  await using server = await subject.start({ folder })
  return server.readyMs as number
}
