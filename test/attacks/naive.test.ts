import { describe, expect, test } from 'bun:test'
import { applies } from '../conformance/check.ts'
import { Breach } from '../conformance/expect.ts'
import { MODES, type Setup, targetOf } from '../conformance/own/setup.ts'
import { World } from '../conformance/world.ts'
import { ATTACKS } from './checks/index.ts'
import { startNaiveServer } from './naive/server.ts'

/** The naive server is in this process: what has not come by then will not come. */
const WAIT_MS = 1_500

/** What an HTTP library withstands by itself, whoever uses it. */
const BY_LIBRARY = ['bytes that are no UTF-8', 'floods of headers', 'one request is hidden in another']

for (const mode of MODES) {
  const setup: Setup = { ...mode, storage: 'memory' }
  describe(`against a naive server with auth ${mode.name}`, () => {
    for (const attack of ATTACKS) {
      const target = targetOf(setup, '')
      if (!applies(attack, target) || BY_LIBRARY.includes(attack.name)) continue
      test(`${attack.name} succeeds`, async () => {
        await using naive = startNaiveServer(setup)
        await using world = new World(naive.target, { waitMs: WAIT_MS })
        const outcome = await attack.run(world).then(
          () => 'withstood',
          (error: unknown) => error,
        )
        expect(outcome).toBeInstanceOf(Breach)
      }, 60_000)
    }
  })
}
