import { bareFramesPerSecond } from '../calibration.ts'
import { runLoad } from '../run-load.ts'
import { startBenchServer } from '../server-process.ts'
import { figure, share } from './format.ts'

/** EVENT frames per second to v1 attachments that ACK each one. */
export async function* fanout(): AsyncIterable<string> {
  for (const attachments of [10, 100, 1_000]) {
    const bare = await bareFramesPerSecond(attachments, 2)
    await using server = await startBenchServer({ members: attachments })
    const result = await runLoad<{
      framesPerSecond: number
      posted: number
      missing: number
      failures: string[]
    }>('fanout', {
      port: server.port,
      attachments,
      clients: 32,
      seconds: 5,
      warmupSeconds: 2,
      frameBytes: 600,
    })
    yield `${String(attachments).padStart(5)} attachments: ${figure(result.framesPerSecond).padStart(8)} frames/s` +
      `  (bare send loop with ACKs ${figure(bare)}/s: ${share(result.framesPerSecond, bare)}; ${result.posted} messages, missing frames ${result.missing}${result.failures.map((f) => `; ${f}`).join('')})`
  }
}
