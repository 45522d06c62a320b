import { expect, test } from 'bun:test'
import { fuzz } from './run.ts'
import { startPopulated } from './world.ts'

/** Requests of one run; `npm run test:fuzz` sends as many as one likes. */
const CASES = Number(process.env['MOLTNET_TEST_FUZZ_CASES'] ?? 10_000)
const SEED = process.env['MOLTNET_TEST_FUZZ_SEED']

for (const mode of ['none', 'open'] as const) {
  test(`with auth ${mode} every made-up request gets an answer that the document knows`, async () => {
    await using own = await startPopulated(mode)
    const { answered, succeeded, operations, statuses } = await fuzz(own.target, {
      cases: CASES / 2,
      seed: SEED === undefined ? undefined : Number(SEED),
    })
    expect(answered).toBeGreaterThanOrEqual(CASES / 2)
    // A run whose requests all fail early would say nothing.
    expect(succeeded.size).toBeGreaterThan(operations / 2)
    expect([...succeeded].some((operation) => operation.startsWith('POST /v1/wakes/'))).toBe(true)
    for (const status of [200, 201, 202, 400, 404, 405, 422]) expect([...statuses.keys()]).toContain(status)
  }, 120_000)
}
