/** `npm run test:faults`: every fault, with all its rounds, and the report of it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BUN } from '../../scripts/lib/command.ts'
import { readText, REPOSITORY } from '../../scripts/lib/files.ts'
import { readArgs } from '../../scripts/lib/read-args.ts'
import type { FaultLine } from './fault.ts'
import { writeReport } from './report.ts'

const USAGE = `usage: npm run test:faults -- [parts of file paths] [options]
  -t, --test-name-pattern <pattern>   only faults whose name matches
  --ci                                the rounds of CI; writes nothing
Writes the lines of the faults that ran to test/faults/report.json, and docs/reliability.md anew.`

/** The rounds that are asked for, and the words that choose the tests. */
function askedFor(args: string[]): { ci: boolean; words: string[] } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ci: { type: 'boolean', default: false },
      'test-name-pattern': { type: 'string', short: 't' },
    },
  })
  const pattern = values['test-name-pattern']
  return { ci: values.ci, words: [...positionals, ...(pattern === undefined ? [] : ['-t', pattern])] }
}

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

const { ci, words } = readArgs(USAGE, askedFor)
const [code, lines] = await runFaults(ci ? 'ci' : 'full', words)
if (!ci && lines.length > 0) await writeReport(lines)
process.exitCode = code
