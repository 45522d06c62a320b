import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../support/folder.ts'
import type { FaultLine } from '../fault.ts'

/** Longest time of a test that runs others, in milliseconds. */
const RUN_MS = 60_000

const FAULT = new URL('../fault.ts', import.meta.url).pathname

/** Runs a file with one fault in a process of its own. */
async function runFault(
  folder: string,
  { body, env }: { body: string; env: Record<string, string> },
): Promise<{ code: number; output: string; report: string }> {
  const file = join(folder, 'some.test.ts')
  const report = join(folder, 'report')
  writeFileSync(
    file,
    `import { fault } from ${JSON.stringify(FAULT)}
fault({ id: 'some', about: 'something happens', rounds: { ci: 2, full: 30 }, roundMs: 1_000 }, async (run) => {
  ${body}
})`,
  )
  writeFileSync(report, '')
  const child = Bun.spawn([process.execPath, 'test', file], {
    env: { PATH: process.env['PATH'], MOLTNET_TEST_FAULTS_REPORT: report, ...env },
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const [output, code] = await Promise.all([new Response(child.stderr).text(), child.exited])
  return { code, output, report: readFileSync(report, 'utf8') }
}

test(
  'a run that passes leaves its line, with the rounds that were asked for',
  async () => {
    await using folder = await temporaryFolder()
    const body = "return { figures: { 'given rounds': run.rounds } }"
    for (const [rounds, expected] of [
      ['ci', 2],
      ['full', 30],
    ] as const) {
      const env = { MOLTNET_TEST_FAULTS: rounds, MOLTNET_TEST_SEED: '17' }
      const { code, report } = await runFault(folder.path, { body, env })
      expect(code).toBe(0)
      expect(JSON.parse(report) as FaultLine).toMatchObject({
        id: 'some',
        about: 'something happens',
        rounds: expected,
        seed: 17,
        figures: { 'given rounds': expected },
      })
    }
  },
  RUN_MS,
)

test(
  'a run that fails leaves no line and names its seed',
  async () => {
    await using folder = await temporaryFolder()
    const body = "throw new Error('a bar is broken')"
    const { code, output, report } = await runFault(folder.path, { body, env: { MOLTNET_TEST_SEED: '18' } })
    expect(code).toBe(1)
    expect(report).toBe('')
    expect(output).toContain('MOLTNET_TEST_SEED=18')
    expect(output).toContain('a bar is broken')
  },
  RUN_MS,
)
