/**
 * `npm run test:faults`: every fault, with all its rounds, and the report of it.
 *
 *     npm run test:faults [-- parts of file paths]     writes test/faults/report.json and docs/reliability.md
 *     npm run test:faults:ci                           the rounds of CI; writes nothing
 *
 * With parts of file paths only those files run, and only their lines of the report are replaced.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BUN } from '../../scripts/lib/command.ts'
import { readText, REPOSITORY } from '../../scripts/lib/files.ts'
import type { FaultLine } from './fault.ts'
import { mergeLines, REPORT_PATH, type Report, thisMachine } from './report.ts'

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

async function writeReport(lines: readonly FaultLine[]): Promise<void> {
  const before = await readText(REPOSITORY, REPORT_PATH)
  const known = before === undefined ? [] : (JSON.parse(before) as Report).lines
  const report: Report = { machine: thisMachine(), lines: mergeLines(known, lines) }
  await writeFile(join(REPOSITORY, REPORT_PATH), `${JSON.stringify(report, null, 2)}\n`)
  const page = Bun.spawn([BUN, 'scripts/reference.ts'], {
    cwd: REPOSITORY,
    stdout: 'ignore',
    stderr: 'inherit',
  })
  if ((await page.exited) !== 0) throw new Error('docs/reliability.md could not be written')
  console.log(`${REPORT_PATH}: ${lines.length} of ${report.lines.length} lines are of this run`)
}

const words = process.argv.slice(2)
const ci = words.includes('--ci')
const [code, lines] = await runFaults(
  ci ? 'ci' : 'full',
  words.filter((word) => word !== '--ci'),
)
if (!ci && lines.length > 0) await writeReport(lines)
process.exitCode = code
