import { parseArgs } from 'node:util'
import { wholeNumber } from '../../scripts/lib/read-args.ts'
import type { Scale } from './scenario.ts'

/** What `--help` shows. */
export const BENCH_USAGE = `usage: npm run bench -- [scenario…] [options]
  --quick                          one short round of each, for a look
  --rounds <n>                     rounds of each measurement; 5 by default
  --against <program or url>       measures that server beside this one
  --json <file>, --markdown <file> writes the figures there too`

/** What the command line asks for. */
export interface BenchOptions {
  readonly scenarios: readonly string[]
  readonly scale: Scale
  /** A program, or the URL of a server that runs. */
  readonly against: string | undefined
  /** Files to write besides. */
  readonly json: string | undefined
  readonly markdown: string | undefined
}

const FULL: Scale = { rounds: 5, seconds: 4, warmupSeconds: 2, quick: false }
const QUICK: Scale = { rounds: 1, seconds: 1, warmupSeconds: 0.5, quick: true }

/** Reads the command line; throws an Error that says what is wrong with it. */
export function parseBenchArgs(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      against: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
    },
  })
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`no scenario is called ${unknown.join(', ')}; there are ${known.join(', ')}`)
  const scale = values.quick ? QUICK : FULL
  const rounds = values.rounds === undefined ? scale.rounds : wholeNumber(values.rounds, { name: '--rounds' })
  return {
    scenarios: positionals.length > 0 ? positionals : known,
    scale: { ...scale, rounds },
    against: values.against,
    json: values.json,
    markdown: values.markdown,
  }
}
