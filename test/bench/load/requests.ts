import { closedLoop, type ClosedLoopResult } from './closed-loop.ts'
import { percentile } from './figures.ts'
import type { LoadParameters } from './parameters.ts'
import { encodeGet, RawHttp } from './raw-http.ts'

/**
 * Median time in milliseconds to answer a request with each of the tokens, taken in turn on one connection,
 * so that whatever else the machine does falls on all of them alike.
 */
export async function tokens(p: LoadParameters): Promise<Record<string, number>> {
  const connection = await RawHttp.connect(p.hostname, p.port)
  const named = Object.entries(p.tokens).map(([name, token]) => ({
    name,
    request: encodeGet(p.path, token),
    samples: [] as number[],
  }))
  const begin = performance.now() + p.warmupSeconds * 1000
  const end = begin + p.seconds * 1000
  while (performance.now() < end) {
    for (const { request, samples } of named) {
      const sent = performance.now()
      await connection.send(request)
      if (sent >= begin) samples.push(performance.now() - sent)
    }
  }
  connection.close()
  return Object.fromEntries(named.map(({ name, samples }) => [name, percentile(samples, 50)]))
}

/** Pages of lists, in turn. */
export function pages(p: LoadParameters): Promise<ClosedLoopResult> {
  const requests = p.paths.map((path) => encodeGet(path))
  return closedLoop({
    ...p,
    expect: 200,
    request: (_client, sequence) => requests[sequence % requests.length] as Uint8Array,
  })
}
