/**
 * `npm run check`: types, format, lint, import directions, test habits, manifests, the client library
 * and documents.
 * Every check runs, every fault is shown, and any fault makes the exit code 1.
 */
import { checkDocs } from './check-docs.ts'
import { checkImports } from './check-imports.ts'
import { checkPackages } from './check-packages.ts'
import { checkTests } from './check-tests.ts'
import { BUN, localBin, runCommand } from './lib/command.ts'
import { type Fault, formatFault } from './lib/fault.ts'
import { REPOSITORY } from './lib/files.ts'

interface Outcome {
  passed: boolean
  output: string
}

interface Check {
  name: string
  run(): Promise<Outcome>
  /** True: what it says is shown even when there is no fault. */
  talks?: boolean
}

/** The slow ones first: they run side by side, and the short ones fill the gaps. */
const CHECKS: readonly Check[] = [
  { name: 'types', run: program('tsc', '-p', '.', '--pretty', 'false') },
  { name: 'lint', run: program('oxlint', '--type-aware', '--deny-warnings', '--format=unix', '.') },
  { name: 'web types', run: program('tsc', '-p', 'tsconfig.browser.json', '--pretty', 'false') },
  {
    name: 'format',
    run: program('biome', 'check', '--colors=off', '--reporter=summary', '--max-diagnostics=none', '.'),
  },
  { name: 'client', run: command(BUN, 'scripts/check-client.ts'), talks: true },
  { name: 'imports', run: script(checkImports) },
  { name: 'tests', run: script(checkTests) },
  { name: 'packages', run: script(checkPackages) },
  { name: 'docs', run: script(checkDocs) },
]

/** Both cores of the smallest machine; more would only make the slow ones slower. */
const AT_ONCE = 2

function command(...argv: string[]): () => Promise<Outcome> {
  return async () => {
    const { code, output } = await runCommand(argv, REPOSITORY)
    return { passed: code === 0, output }
  }
}

function program(name: string, ...args: string[]): () => Promise<Outcome> {
  return command(...localBin(name, ...args))
}

function script(check: (root: string) => Promise<Fault[]>): () => Promise<Outcome> {
  return async () => {
    const faults = await check(REPOSITORY)
    return { passed: faults.length === 0, output: faults.map(formatFault).join('\n') }
  }
}

async function runTimed(check: Check): Promise<boolean> {
  const started = performance.now()
  const { passed, output } = await check.run().catch((error: unknown) => ({
    passed: false,
    output: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }))
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${passed ? 'ok   ' : 'FAULT'} ${check.name.padEnd(10)} ${seconds} s`)
  if (!passed || check.talks) console.log(`${output.replace(/^/gm, '      ')}\n`)
  return passed
}

async function main(): Promise<void> {
  const waiting = [...CHECKS]
  const failed: string[] = []
  const started = performance.now()
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      if (!(await runTimed(check))) failed.push(check.name)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const verdict = failed.length === 0 ? 'no fault' : `faults in ${failed.join(', ')}`
  console.log(`${CHECKS.length} checks in ${seconds} s: ${verdict}`)
  process.exitCode = failed.length === 0 ? 0 : 1
}

await main()
