import { listFiles } from './files.ts'

/** Named sets of test files. `npm test` runs those marked so; the others run when `--group` asks for them. */
export interface TestGroup {
  name: string
  /** Where its `*.test.ts` files are, as globs below the repository. */
  files: readonly string[]
  byDefault: boolean
  /** Longest time that one test may take when it does not say otherwise, in milliseconds. */
  timeoutMs: number
  /** What one reads when the group was not run. */
  about: string
}

export const TEST_GROUPS: readonly TestGroup[] = [
  {
    name: 'unit',
    files: [
      'packages/*/test/**/*.test.ts',
      'test/{scripts,support}/**/*.test.ts',
      // What judges and causes the faults has to be right before a fault is worth anything.
      'test/faults/{harness,proxy}/**/*.test.ts',
      'test/soak/**/*.test.ts',
    ],
    byDefault: true,
    timeoutMs: 10_000,
    about: 'each package and script by itself, with real files, sockets and processes',
  },
  {
    name: 'conformance',
    files: ['test/conformance/**/*.test.ts'],
    byDefault: true,
    timeoutMs: 20_000,
    about: 'the contract on the wire, against a running server',
  },
  {
    name: 'attacks',
    files: ['test/attacks/**/*.test.ts', 'test/receive/**/*.test.ts'],
    byDefault: true,
    timeoutMs: 60_000,
    about: 'what somebody who means harm tries, and who receives what',
  },
  {
    name: 'fuzz',
    files: ['test/fuzz/**/*.test.ts'],
    byDefault: true,
    timeoutMs: 120_000,
    about: 'requests made up from the OpenAPI document',
  },
  {
    name: 'simulation',
    files: ['test/simulation/**/*.test.ts'],
    byDefault: true,
    timeoutMs: 180_000,
    about: 'simulated worlds with faults, by seed',
  },
  {
    name: 'e2e',
    files: ['test/console/*.test.ts', 'test/e2e/**/*.test.ts', 'test/bench/**/*.test.ts'],
    byDefault: true,
    timeoutMs: 60_000,
    about: 'whole networks of real processes, and what measures them',
  },
  {
    name: 'console-load',
    files: ['test/console/load/*.test.ts'],
    byDefault: false,
    timeoutMs: 300_000,
    about: 'the console with 100,000 messages and 100 a second; npm test has a short form',
  },
  {
    name: 'faults',
    files: [
      'test/faults/{attachments,clock,failpoints,kills,network,simulation,storage,wire,writes}/**/*.test.ts',
    ],
    byDefault: false,
    timeoutMs: 120_000,
    about: 'kills, full disks and lost power',
  },
  {
    name: 'runtimes',
    files: ['test/runtimes/**/*.test.ts'],
    byDefault: false,
    timeoutMs: 180_000,
    about: 'the real agent CLIs from the npm registry against a loopback model',
  },
]

/** Sorted paths of the test files of one group. */
export function filesOfGroup(root: string, group: TestGroup): string[] {
  return group.files.flatMap((pattern) => listFiles(root, pattern)).sort()
}
