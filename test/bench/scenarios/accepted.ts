import { echoPerSecond, fsyncPerSecond } from '../calibration.ts'
import type { ClosedLoopResult } from '../load/closed-loop.ts'
import { runLoad } from '../run-load.ts'
import { startBenchServer } from '../server-process.ts'
import { figure, share } from './format.ts'

/** Accepted messages per second, every 202 after its fsync. */
export async function* accepted(): AsyncIterable<string> {
  const fsync = await fsyncPerSecond(1)
  yield `calibration: a bare loop of write and fsync: ${figure(fsync)}/s`
  for (const clients of [1, 8, 32, 64]) {
    const echo = await echoPerSecond(clients, 2)
    await using server = await startBenchServer()
    const result = await runLoad<ClosedLoopResult>('posts', {
      port: server.port,
      clients,
      seconds: 5,
      warmupSeconds: 2,
      frameBytes: 600,
    })
    yield `${String(clients).padStart(3)} clients: ${figure(result.perSecond).padStart(7)} accepted/s  p50 ${figure(result.p50Ms, 2)} ms  p99 ${figure(result.p99Ms, 2)} ms` +
      `  (bare echo ${figure(echo)}/s: ${share(result.perSecond, echo)}; ${figure(result.perSecond / fsync, 1)} per bare fsync; failed ${result.failed})`
  }
}
