import { runLoad } from '../run-load.ts'
import { startBenchServer } from '../server-process.ts'
import { figure } from './format.ts'

const RIGHT = 'bench-token-3f9c1d7a5e2b8046'

/** Time to answer a right token and wrong ones: how much of a wrong one is right must make no difference. */
export async function* auth(): AsyncIterable<string> {
  await using server = await startBenchServer({
    auth: `{ mode: bearer, tokens: [{ id: bench, value: ${RIGHT}, scopes: [observe] }] }`,
  })
  const wrong = {
    'wrong from the first character': `x${RIGHT.slice(1)}`,
    'wrong in the last character': `${RIGHT.slice(0, -1)}x`,
    'wrong in its length': RIGHT.slice(0, -1),
    'like the token of an agent': `magt_v1_${'x'.repeat(43)}`,
  }
  const medians = await runLoad<Record<string, number>>('tokens', {
    port: server.port,
    path: '/v1/network',
    tokens: { right: RIGHT, ...wrong },
    seconds: 5,
    warmupSeconds: 2,
  })
  const base = medians[Object.keys(wrong)[0] as string] as number
  for (const [name, ms] of Object.entries(medians)) {
    const compared =
      name === 'right' ? 'answered with the network' : `${figure((ms - base) * 1_000, 1)} µs from the first`
    yield `${name.padEnd(30)} ${figure(ms * 1_000, 1).padStart(7)} µs median  (${compared})`
  }
}
