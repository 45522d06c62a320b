import { TEST_GROUPS, type TestGroup } from './test-files.ts'

export interface TestArgs {
  groups: readonly TestGroup[]
  /** Parts of file paths; a file runs when it has one of them. Empty: all files. */
  filters: readonly string[]
  /** Flags for `bun test`, as given. */
  flags: readonly string[]
  /** True: passing tests are listed too. */
  verbose: boolean
}

/** Flags of `bun test` that take their value as the next word. */
const FLAGS_WITH_VALUE = new Set([
  '-t',
  '--test-name-pattern',
  '--timeout',
  '--rerun-each',
  '--retry',
  '--seed',
])

/**
 * Reads `[--group <name>]… [--verbose] [flags of bun test] [parts of file paths]`.
 * Throws an Error that names the groups when one is unknown.
 */
export function parseTestArgs(args: readonly string[]): TestArgs {
  const names: string[] = []
  const filters: string[] = []
  const flags: string[] = []
  let verbose = false
  const rest = [...args]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--group') names.push(rest.shift() ?? '')
    else if (word.startsWith('--group=')) names.push(word.slice('--group='.length))
    else if (word === '--verbose') verbose = true
    else if (FLAGS_WITH_VALUE.has(word)) flags.push(word, rest.shift() ?? '')
    else if (word.startsWith('-')) flags.push(word)
    else filters.push(word)
  }
  const groups = names.length === 0 ? TEST_GROUPS.filter((group) => group.byDefault) : names.map(groupNamed)
  return { groups, filters, flags, verbose }
}

function groupNamed(name: string): TestGroup {
  const group = TEST_GROUPS.find((candidate) => candidate.name === name)
  if (group !== undefined) return group
  throw new Error(`no test group "${name}" (there are ${TEST_GROUPS.map((each) => each.name).join(', ')})`)
}
