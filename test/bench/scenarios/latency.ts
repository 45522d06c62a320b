import { runLoad } from '../run-load.ts'
import { startBenchServer } from '../server-process.ts'
import { figure } from './format.ts'

/** Time from the intended send of a message to its frame at each of 100 attachments, at 50 messages/s. */
export async function* latency(): AsyncIterable<string> {
  await using server = await startBenchServer({ members: 100 })
  const result = await runLoad<{ p50Ms: number; p99Ms: number; frames: number; missing: number }>('latency', {
    port: server.port,
    attachments: 100,
    ratePerSecond: 50,
    seconds: 8,
    warmupSeconds: 2,
    frameBytes: 600,
  })
  yield `50 messages/s to 100 attachments: p50 ${figure(result.p50Ms, 2)} ms  p99 ${figure(result.p99Ms, 2)} ms  (${figure(result.frames)} frames, missing ${result.missing})`
}
