import { runLoad } from '../run-load.ts'
import type { Figure, Measurement, Scenario } from '../scenario.ts'
import type { Subject } from '../server.ts'

const RIGHT = 'bench-token-3f9c1d7a5e2b8046'

/** Time to answer a right token and wrong ones: how much of a wrong one is right must make no difference. */
export const auth: Scenario = {
  about: 'time to answer a right token, and wrong ones that are right up to a point',
  ownOnly: 'it needs a server with a token of its own',
  parts: (scale) => [
    {
      name: 'tokens',
      calibrate: async () => (subject: Subject) => measure(subject, scale),
    },
  ],
}

async function measure(
  subject: Subject,
  { seconds, warmupSeconds }: { seconds: number; warmupSeconds: number },
): Promise<Measurement> {
  await using server = await subject.start({
    auth: `{ mode: bearer, tokens: [{ id: bench, value: ${RIGHT}, scopes: [observe, admin] }] }`,
    rooms: 0,
  })
  const medians = await runLoad<Record<string, number>>('tokens', {
    port: server.port,
    path: '/v1/network',
    tokens: {
      'the right token': RIGHT,
      'wrong from the first character': `x${RIGHT.slice(1)}`,
      'wrong in the last character': `${RIGHT.slice(0, -1)}x`,
      'wrong in its length': RIGHT.slice(0, -1),
      'like the token of an agent': `magt_v1_${'x'.repeat(43)}`,
    },
    seconds,
    warmupSeconds,
  })
  const base = medians['wrong from the first character'] as number
  const figures = Object.entries(medians).map(
    ([name, ms]): Figure => ({
      name: `${name}: answer p50`,
      unit: 'µs',
      value: ms * 1_000,
      better: 'less',
      ...(name !== 'the right token' && {
        of: { name: 'wrong from the first character', value: base * 1_000 },
      }),
    }),
  )
  return { figures, faults: [] }
}
