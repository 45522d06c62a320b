import { expect, test } from 'bun:test'
import { type Setup, startOwnServer } from './own/server.ts'
import { runConformance } from './run.ts'

const MODES: readonly Omit<Setup, 'storage'>[] = [
  { name: 'none', mode: 'none' },
  { name: 'bearer', mode: 'bearer' },
  {
    name: 'bearer with public reads and open registration',
    mode: 'bearer',
    publicRead: true,
    registration: 'open',
  },
  { name: 'open', mode: 'open' },
]

for (const mode of MODES) {
  for (const storage of ['sqlite', 'memory'] as const) {
    test.concurrent(`our server keeps the contract: auth ${mode.name}, ${storage}`, async () => {
      await using own = await startOwnServer({ ...mode, storage })
      const failed: string[] = []
      let passed = 0
      for await (const outcome of runConformance(own.target)) {
        if (outcome.result === 'passed') passed++
        if (outcome.result === 'failed') failed.push(`${outcome.check.name}: ${outcome.reason}`)
      }
      expect(failed).toEqual([])
      expect(passed).toBeGreaterThan(40)
    }, 120_000)
  }
}
