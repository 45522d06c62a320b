/**
 * `npm test`: runs the test groups one after another with `bun test`, says what was left out and why, and
 * closes with `N passed, N failed`. Exit code 1 when a test failed, a run broke off, or no test ran.
 *
 *     npm test -- [--group <name>]… [--verbose] [flags of bun test] [parts of file paths]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BUN } from './lib/command.ts'
import { REPOSITORY } from './lib/files.ts'
import { parseTestArgs, type TestArgs } from './lib/test-args.ts'
import { type PlannedRun, planTests } from './lib/test-plan.ts'
import { addTotals, formatTotals, readTotals, type TestTotals } from './lib/test-totals.ts'

async function main(): Promise<number> {
  const args = parseTestArgs(process.argv.slice(2))
  const plan = planTests(REPOSITORY, args, (tool) => tool.find() !== null)
  const totals: TestTotals[] = []
  for (const run of plan.runs) totals.push(await runFiles(run, args))
  for (const line of plan.leftOut) console.log(`left out: ${line}`)
  const total = addTotals(totals)
  if (total.passed + total.failed === 0) console.log('no test ran')
  console.log(formatTotals(total))
  return total.failed === 0 && total.passed > 0 ? 0 : 1
}

/**
 * Runs files in one `bun test` that writes to this terminal. One process, and a new one for each package: on two
 * cores, workers (`--parallel`) take twice the processor time and end no earlier.
 */
async function runFiles({ group, name, files }: PlannedRun, args: TestArgs): Promise<TestTotals> {
  console.log(`\n${name}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`)
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-test-'))
  const report = join(folder, 'report.xml')
  try {
    const argv = [
      BUN,
      'test',
      `--timeout=${group.timeoutMs}`,
      '--reporter=junit',
      `--reporter-outfile=${report}`,
    ]
    if (!args.verbose) argv.push('--only-failures')
    argv.push(...args.flags, ...files.map((path) => `./${path}`))
    const child = Bun.spawn(argv, {
      cwd: REPOSITORY,
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
      env: testEnvironment(),
    })
    const code = await child.exited
    const totals = readTotals(
      await Bun.file(report)
        .text()
        .catch(() => ''),
    )
    return withBreakOff(totals, code, name)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A run that ended badly without a failed test (a crash, an error between tests) counts as one failure. */
function withBreakOff(totals: TestTotals | undefined, code: number, name: string): TestTotals {
  const known = totals ?? { passed: 0, failed: 0, skipped: 0 }
  if (code === 0 || known.failed > 0) return known
  console.log(`${name}: bun test ended with code ${code} although no test failed`)
  return { ...known, failed: 1 }
}

/**
 * The environment without the settings of a Moltnet that this person runs: tests start from the defaults.
 * `MOLTNET_TEST_…` is for the tests themselves.
 */
function testEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^MOLTNET_(?!TEST_)/.test(name)))
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
