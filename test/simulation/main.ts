/** `npm run test:simulation`: simulated worlds, each settled by its seed. */
import { parseArgs } from 'node:util'
import { configureSync } from '@logtape/logtape'
import { readArgs, wholeNumber } from '../../scripts/lib/read-args.ts'
import { MUTATIONS } from './mutations.ts'
import { openRunner, type Runner } from './runner.ts'
import type { Outcome } from './simulation.ts'

/** Seeds within which a planted mistake must be found. */
const MUTATION_SEEDS = 30

/** Worlds that one process runs. */
const PROCESS_WORLDS = 100

/** Violations shown of one seed. */
const SHOWN = 3

const USAGE = `usage: npm run test:simulation -- [options]
  --seeds <n>     how many worlds; 1,000 by default
  --first <n>     seed of the first; 1 by default
  --workers <n>   processes at a time; 2 by default
  --seed <n>      that one world alone
  --trace         with --seed: shows everything that happens in it
  --mutations     how soon each planted mistake is found`

const options = readArgs(USAGE, optionsOf)

/** Totals of many worlds. */
interface Totals {
  seeds: number
  failed: number
  messages: number
  wakes: number
  turns: number
  faults: number
  virtualMs: number
}

process.exitCode = (await main()) ? 0 : 1

function optionsOf(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '1000' },
      first: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      mutations: { type: 'boolean', default: false },
    },
  })
  const { seeds, first, workers, seed, trace, mutations } = values
  return {
    worlds: {
      first: wholeNumber(first, { name: '--first', least: 0 }),
      count: wholeNumber(seeds, { name: '--seeds' }),
    },
    workers: wholeNumber(workers, { name: '--workers' }),
    seed: seed === undefined ? undefined : wholeNumber(seed, { name: '--seed', least: 0 }),
    trace,
    mutations,
  }
}

async function main(): Promise<boolean> {
  const { worlds, workers, seed, mutations } = options
  if (seed === undefined && !mutations && workers > 1) return await shared(worlds, workers)
  using runner = await openRunner()
  if (mutations) return await findMutations(runner)
  if (seed !== undefined) return await one(runner, seed)
  const totals = await many(runner, worlds)
  say(JSON.stringify(totals))
  return totals.failed === 0
}

/** One world with what happened in it. */
async function one(runner: Runner, seed: number): Promise<boolean> {
  if (options.trace) logTo(say)
  const outcome = await runner.run({ seed, ...(options.trace && { trace: say }) })
  say(JSON.stringify(outcome, undefined, 2))
  return outcome.violations.length === 0
}

async function many(runner: Runner, o: { first: number; count: number }): Promise<Totals> {
  const totals: Totals = { seeds: 0, failed: 0, messages: 0, wakes: 0, turns: 0, faults: 0, virtualMs: 0 }
  for (let seed = o.first; seed < o.first + o.count; seed++) {
    const outcome = await runner.run({ seed })
    totals.seeds += 1
    for (const key of ['messages', 'wakes', 'turns', 'virtualMs'] as const) totals[key] += outcome[key]
    for (const count of Object.values(outcome.faults)) totals.faults += count
    if (outcome.violations.length > 0) totals.failed += 1
    report(outcome)
  }
  return totals
}

/**
 * The same in several processes, so many at a time: a world uses one core. None runs for long, because servers that
 * are killed in a world leave their databases open in the process.
 */
async function shared(seeds: { first: number; count: number }, workers: number): Promise<boolean> {
  const started = performance.now()
  const end = seeds.first + seeds.count
  const results: Totals[] = []
  let next = seeds.first
  const work = async () => {
    while (next < end) {
      const first = next
      next = Math.min(first + PROCESS_WORLDS, end)
      results.push(await share(first, next - first))
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  const sum = (key: keyof Totals) => results.reduce((total, result) => total + result[key], 0)
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  const hours = (sum('virtualMs') / 3_600_000).toFixed(1)
  say(
    `${sum('seeds')} worlds, ${sum('failed')} with violations: ${sum('messages')} messages, ${sum('wakes')} wakes, ` +
      `${sum('turns')} turns, ${sum('faults')} faults, ${hours} simulated hours in ${seconds} s`,
  )
  return sum('failed') === 0
}

/** Some worlds in a process of their own. */
async function share(first: number, count: number): Promise<Totals> {
  const args = ['--first', String(first), '--seeds', String(count), '--workers', '1']
  const child = Bun.spawn([process.execPath, import.meta.path, ...args], {
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const lines = (await new Response(child.stdout).text()).trimEnd().split('\n')
  const last = lines.pop() ?? ''
  for (const line of lines) say(line)
  if ((await child.exited) > 1 || !last.startsWith('{')) throw new Error(`a worker has failed: ${last}`)
  return JSON.parse(last) as Totals
}

/** Shows that each planted mistake is found. */
async function findMutations(runner: Runner): Promise<boolean> {
  let missed = 0
  for (const make of MUTATIONS) {
    let found: Outcome | undefined
    for (let seed = 1; seed <= MUTATION_SEEDS && found === undefined; seed++) {
      const outcome = await runner.run({ seed, mutation: make() })
      if (outcome.violations.length > 0) found = outcome
    }
    if (found === undefined) missed += 1
    const [first] = found?.violations ?? []
    const how =
      found === undefined ? `not found in ${MUTATION_SEEDS} seeds` : `seed ${found.seed}: ${first?.rule}`
    say(`${make().name}: ${how}`)
  }
  return missed === 0
}

function report({ seed, violations }: Outcome): void {
  if (violations.length === 0) return
  for (const { rule, detail } of violations.slice(0, SHOWN)) say(`seed ${seed}: ${rule}: ${detail}`)
  say(`seed ${seed}: again with: npm run test:simulation -- --seed ${seed} --trace`)
}

/** What the code under test logs stands between the lines of the trace. */
function logTo(trace: (line: string) => void): void {
  const sink = ({ level, message }: { level: string; message: readonly unknown[] }) =>
    trace(`           ${level}: ${message.map(String).join('')}`)
  configureSync({
    sinks: { sink },
    loggers: [
      { category: [], lowestLevel: 'debug', sinks: ['sink'] },
      { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: [] },
    ],
  })
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
