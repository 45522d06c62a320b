import { expect, test } from 'bun:test'
import { startOwnServer } from './own/server.ts'
import { MODES } from './own/setup.ts'
import { runConformance } from './run.ts'

for (const mode of MODES) {
  for (const storage of ['sqlite', 'memory'] as const) {
    test.concurrent(`our server keeps the contract: auth ${mode.name}, ${storage}`, async () => {
      await using own = await startOwnServer({ ...mode, storage })
      const failed: string[] = []
      let passed = 0
      for await (const outcome of runConformance(own.target, { groups: ['v1', 'beyond'] })) {
        if (outcome.result === 'passed') passed++
        if (outcome.result === 'failed') failed.push(`${outcome.check.name}: ${outcome.reason}`)
      }
      expect(failed).toEqual([])
      expect(passed).toBeGreaterThan(40)
    }, 120_000)
  }
}
