import { percentile } from './figures.ts'
import { RawHttp } from './raw-http.ts'

/** What a closed loop of clients measured. */
export interface ClosedLoopResult {
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Answered requests, those of the warm-up included. */
  answered: number
  failed: number
}

/**
 * `clients` connections, each sending its next request when the last one is answered, for `seconds`
 * after `warmupSeconds` that do not count. It finds how much a server can take; how long a request takes
 * under a load that does not wait for the server is what {@link openLoop} finds.
 */
export async function closedLoop(o: {
  hostname: string
  port: number
  clients: number
  seconds: number
  warmupSeconds: number
  request: (client: number, sequence: number) => Uint8Array
  expect: number
}): Promise<ClosedLoopResult> {
  const connections = await Promise.all(
    Array.from({ length: o.clients }, () => RawHttp.connect(o.hostname, o.port)),
  )
  const begin = performance.now() + o.warmupSeconds * 1000
  const end = begin + o.seconds * 1000
  const samples: number[] = []
  let answered = 0
  let failed = 0
  await Promise.all(
    connections.map(async (connection, client) => {
      for (let sequence = 0; performance.now() < end; sequence++) {
        const request = o.request(client, sequence)
        const sent = performance.now()
        const answer = await connection.send(request)
        if (answer.status !== o.expect) failed++
        else {
          answered++
          if (sent >= begin) samples.push(performance.now() - sent)
        }
      }
      connection.close()
    }),
  )
  return {
    perSecond: samples.length / o.seconds,
    p50Ms: percentile(samples, 50),
    p99Ms: percentile(samples, 99),
    answered,
    failed,
  }
}
