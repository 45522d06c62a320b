/**
 * `npm run bench`: builds the program, loads it, and prints each figure next to a calibration of the same run.
 *
 *     npm run bench -- [scenario…] [--quick] [--rounds n] [--json file] [--markdown file]
 *     npm run bench -- --against <program or url> [scenario…]
 *
 * Exit code 1 when a measurement was void: a server that lost a frame is not fast.
 */
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { readArgs } from '../../scripts/lib/read-args.ts'
import { BENCH_USAGE, type BenchOptions, parseBenchArgs } from './options.ts'
import { markdownOf, type ScenarioResult } from './report.ts'
import { type PartResult, runRounds } from './rounds.ts'
import type { Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios/index.ts'
import type { Subject } from './server.ts'
import { OWN, programSubject, runningSubject } from './server-process.ts'

async function main(options: BenchOptions): Promise<number> {
  const build = Bun.spawn([process.execPath, new URL('../../scripts/build.ts', import.meta.url).pathname], {
    stdout: 'ignore',
    stderr: 'inherit',
  })
  if ((await build.exited) !== 0) return 1
  const subjects = [OWN, ...(options.against === undefined ? [] : [otherSubject(options.against)])]
  const results: ScenarioResult[] = []
  for (const name of options.scenarios) {
    const result = await runScenario(name, subjects, options)
    results.push(result)
    process.stdout.write(`\n${markdownOf(result)}\n`)
  }
  await writeFiles(results, options)
  return results.some(({ results: parts }) => parts.some(({ voided }) => voided.length > 0)) ? 1 : 0
}

function otherSubject(against: string): Subject {
  return /^https?:/.test(against)
    ? runningSubject('other', against)
    : programSubject('other', resolve(against))
}

async function runScenario(
  name: string,
  subjects: readonly Subject[],
  { scale }: BenchOptions,
): Promise<ScenarioResult> {
  const scenario = SCENARIOS[name] as Scenario
  const measured = scenario.ownOnly === undefined ? subjects : subjects.slice(0, 1)
  if (measured.length < subjects.length)
    process.stderr.write(`${name} measures this program alone: ${scenario.ownOnly}\n`)
  const results: PartResult[] = []
  for (const part of scenario.parts(scale)) {
    process.stderr.write(`${name}: ${part.name}\n`)
    results.push(...(await runRounds(part, measured, scale.rounds)))
  }
  return { scenario: name, about: scenario.about, results }
}

async function writeFiles(results: readonly ScenarioResult[], options: BenchOptions): Promise<void> {
  const { json, markdown, scale, against } = options
  const machine = {
    cores: cpus().length,
    platform: `${process.platform}-${process.arch}`,
    bun: Bun.version,
    date: new Date().toISOString(),
  }
  if (json !== undefined)
    await Bun.write(json, `${JSON.stringify({ machine, scale, against, results }, null, 2)}\n`)
  if (markdown !== undefined) await Bun.write(markdown, `${results.map(markdownOf).join('\n\n')}\n`)
}

const names = Object.keys(SCENARIOS)
const usage = `${BENCH_USAGE}\nscenarios: ${names.join(', ')}`
const options = readArgs(usage, (args) => parseBenchArgs(args, names))
try {
  process.exitCode = await main(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
