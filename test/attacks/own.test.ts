import { expect, test } from 'bun:test'
import { startOwnServer } from '../conformance/own/server.ts'
import { MODES } from '../conformance/own/setup.ts'
import { runConformance } from '../conformance/run.ts'

for (const mode of MODES) {
  test.concurrent(`our server withstands every attack: auth ${mode.name}`, async () => {
    await using own = await startOwnServer({ ...mode, storage: 'sqlite' })
    const breached: string[] = []
    let withstood = 0
    for await (const outcome of runConformance(own.target, { groups: ['attacks'] })) {
      if (outcome.result === 'passed') withstood++
      if (outcome.result === 'failed') breached.push(`${outcome.check.name}: ${outcome.reason}`)
    }
    expect(breached).toEqual([])
    expect(withstood).toBeGreaterThan(15)
  }, 120_000)
}
