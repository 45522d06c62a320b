import { expect, test } from 'bun:test'
import { startMutant } from './own/mutant-proxy.ts'
import { BEARER_MUTATIONS, MUTATIONS } from './own/mutations.ts'
import { startOwnServer } from './own/server.ts'
import { firstFailure } from './run.ts'

const LIMIT_MS = 180_000

test(
  'the proxy itself breaks nothing',
  async () => {
    await using own = await startOwnServer({ name: 'none', mode: 'none', storage: 'memory' })
    await using mutant = startMutant(own.target.baseUrl, { name: 'faithful' })
    expect(await firstFailure({ ...own.target, baseUrl: mutant.baseUrl }, ['v1'])).toBeUndefined()
  },
  LIMIT_MS,
)

for (const [mode, mutations] of [
  ['none', MUTATIONS],
  ['bearer', BEARER_MUTATIONS],
] as const) {
  for (const mutation of mutations) {
    test(
      `the suite fails a broken server: ${mutation.name}`,
      async () => {
        await using own = await startOwnServer({ name: mode, mode, storage: 'memory' })
        await using mutant = startMutant(own.target.baseUrl, mutation)
        expect(await firstFailure({ ...own.target, baseUrl: mutant.baseUrl }, ['v1'])).toBeDefined()
      },
      LIMIT_MS,
    )
  }
}
