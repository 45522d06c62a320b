import { parseArgs } from 'node:util'
import { readArgs, wholeNumber } from '../../scripts/lib/read-args.ts'
import { fuzz } from './run.ts'
import { startPopulated } from './world.ts'

const USAGE = `usage: npm run test:fuzz -- [requests] [--seed <n>]
  requests     how many are made up from the OpenAPI document; 10,000 by default
  --seed <n>   makes the same ones as the run that named this seed`

/** The least seed of fast-check, whose seeds have 32 bits and a sign. */
const LEAST_SEED = -(2 ** 31)

const { cases, seed } = readArgs(USAGE, (args) => {
  const { values, positionals } = parseArgs({
    args,
    options: { seed: { type: 'string' } },
    allowPositionals: true,
  })
  const [requests = '10000', ...rest] = positionals
  if (rest.length > 0) throw new Error(`one number of requests, not ${positionals.length}`)
  return {
    cases: wholeNumber(requests, { name: 'the number of requests' }),
    seed:
      values.seed === undefined ? undefined : wholeNumber(values.seed, { name: '--seed', least: LEAST_SEED }),
  }
})
const modes = ['none', 'open'] as const

for (const mode of modes) {
  await using own = await startPopulated(mode)
  const started = performance.now()
  const report = await fuzz(own.target, {
    cases: Math.ceil(cases / modes.length),
    seed,
  })
  const seconds = (performance.now() - started) / 1_000
  const statuses = [...report.statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`)
  process.stdout.write(
    `auth ${mode}: ${report.answered} requests in ${seconds.toFixed(1)} s, ${report.succeeded.size} of ${report.operations} operations succeeded; ${statuses.join(', ')}\n`,
  )
}
