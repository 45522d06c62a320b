/**
 * `npm run test:faults`: every fault, with all its rounds, and the report of it.
 *
 *     npm run test:faults [-- parts of file paths]     writes test/faults/report.json and docs/reliability.md
 *     npm run test:faults:ci                           the rounds of CI; writes nothing
 *
 * With parts of file paths only those files run, and only their lines of the report are replaced.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BUN } from '../../scripts/lib/command.ts'
import { readText, REPOSITORY } from '../../scripts/lib/files.ts'
import type { FaultLine } from './fault.ts'
import { writeReport } from './report.ts'

/** Runs the group; resolves with its exit code and the lines of the faults that passed. */
async function runFaults(rounds: 'ci' | 'full', words: readonly string[]): Promise<[number, FaultLine[]]> {
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-faults-'))
  const path = join(folder, 'lines')
  try {
    const child = Bun.spawn([BUN, 'scripts/test.ts', '--group', 'faults', ...words], {
      cwd: REPOSITORY,
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
      env: { ...process.env, MOLTNET_TEST_FAULTS: rounds, MOLTNET_TEST_FAULTS_REPORT: path },
    })
    const code = await child.exited
    const text = (await readText(folder, 'lines')) ?? ''
    const lines = text.split('\n').filter((line) => line !== '')
    return [code, lines.map((line) => JSON.parse(line) as FaultLine)]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const words = process.argv.slice(2)
const ci = words.includes('--ci')
const [code, lines] = await runFaults(
  ci ? 'ci' : 'full',
  words.filter((word) => word !== '--ci'),
)
if (!ci && lines.length > 0) await writeReport(lines)
process.exitCode = code
