import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Check } from './check.ts'
import { CHECKS } from './checks/index.ts'
import { startMutant } from './own/mutant-proxy.ts'
import { BEARER_MUTATIONS, type Mutant, MUTATIONS } from './own/mutations.ts'
import { type OwnServer, startOwnServer } from './own/server.ts'
import { runCheck, runConformance } from './run.ts'

/** Our server in this process answers at once, so what has not come by then will not come. */
const WAIT_MS = 1_500
const LIMIT_MS = 60_000

function checkNamed(name: string): Check {
  const check = CHECKS.find((candidate) => candidate.name === name)
  if (check === undefined) throw new Error(`there is no check "${name}"`)
  return check
}

for (const [mode, mutations] of [
  ['none', MUTATIONS],
  ['bearer', BEARER_MUTATIONS],
] as const) {
  describe(`in front of a server with auth ${mode}`, () => {
    let own: OwnServer
    beforeAll(async () => {
      own = await startOwnServer({ name: mode, mode, storage: 'memory' })
    })
    afterAll(() => own[Symbol.asyncDispose]())

    test(
      'the proxy by itself breaks nothing',
      async () => {
        await using faithful = startMutant(own.target.baseUrl, { name: 'faithful' })
        const failed: string[] = []
        const target = { ...own.target, baseUrl: faithful.baseUrl }
        for await (const outcome of runConformance(target, { groups: ['v1', 'beyond'] })) {
          if (outcome.result === 'failed') failed.push(`${outcome.check.name}: ${outcome.reason}`)
        }
        expect(failed).toEqual([])
      },
      LIMIT_MS,
    )

    for (const mutation of mutations) {
      test(
        `the suite fails a broken server: ${mutation.name}`,
        async () => {
          expect(await resultOf(own, mutation)).toBe('failed')
        },
        LIMIT_MS,
      )
    }
  })
}

async function resultOf(own: OwnServer, mutation: Mutant): Promise<string> {
  await using mutant = startMutant(own.target.baseUrl, mutation)
  const target = { ...own.target, baseUrl: mutant.baseUrl }
  return (await runCheck(checkNamed(mutation.caughtBy), target, { waitMs: WAIT_MS })).result
}
