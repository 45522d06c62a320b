import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClosedLoopResult } from '../load/closed-loop.ts'
import { BENCH_ROOM } from '../load/bodies.ts'
import { runLoad } from '../run-load.ts'
import { seedMessages, seedId } from '../seed.ts'
import { startBenchServer } from '../server-process.ts'
import { figure } from './format.ts'

const MESSAGES = 1_000_000
const DEPTHS = [0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999]

/** Pages at any depth, and start to ready, with a million messages stored. */
export async function* history(): AsyncIterable<string> {
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-history-'))
  try {
    const small = await readyMs(folder)
    const seconds = await seedMessages(join(folder, 'bench.db'), MESSAGES)
    yield `seeded ${figure(MESSAGES)} messages in ${figure(seconds, 1)} s`
    const starts = []
    for (let round = 0; round < 5; round++) starts.push(await readyMs(folder))
    yield `start to ready: ${figure(Math.min(...starts))} to ${figure(Math.max(...starts))} ms (with an empty database ${figure(small)} ms)`
    await using server = await startBenchServer({ folder })
    for (const limit of [20, 100]) {
      for (const depth of DEPTHS) {
        const cursor = depth === 0 ? '' : `&before=${seedId(Math.floor(MESSAGES * (1 - depth)))}`
        const path = `/v1/rooms/${BENCH_ROOM}/messages?limit=${limit}${cursor}`
        const page = await runLoad<ClosedLoopResult>('pages', {
          port: server.port,
          clients: 1,
          seconds: 1,
          warmupSeconds: 0.2,
          paths: [path],
        })
        yield `page of ${limit} at ${figure(depth * 100, 1).padStart(5)} % depth: p50 ${figure(page.p50Ms, 2)} ms  p99 ${figure(page.p99Ms, 2)} ms${page.failed ? `  FAILED ${page.failed}` : ''}`
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readyMs(folder: string): Promise<number> {
  await using server = await startBenchServer({ folder })
  return server.readyMs
}
