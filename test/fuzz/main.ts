// npm run test:fuzz -- [requests, 10000] [--seed n]
import { parseArgs } from 'node:util'
import { fuzz } from './run.ts'
import { startPopulated } from './world.ts'

const { values, positionals } = parseArgs({ options: { seed: { type: 'string' } }, allowPositionals: true })
const cases = Number(positionals[0] ?? 10_000)
const modes = ['none', 'open'] as const

for (const mode of modes) {
  await using own = await startPopulated(mode)
  const started = performance.now()
  const report = await fuzz(own.target, {
    cases: Math.ceil(cases / modes.length),
    seed: values.seed === undefined ? undefined : Number(values.seed),
  })
  const seconds = (performance.now() - started) / 1_000
  const statuses = [...report.statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`)
  process.stdout.write(
    `auth ${mode}: ${report.answered} requests in ${seconds.toFixed(1)} s, ${report.succeeded.size} of ${report.operations} operations succeeded; ${statuses.join(', ')}\n`,
  )
}
