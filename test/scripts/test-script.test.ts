import { describe, expect, test } from 'bun:test'
import { BUN, runCommand } from '../../scripts/lib/command.ts'
import { REPOSITORY } from '../../scripts/lib/files.ts'
import { parseTestArgs } from '../../scripts/lib/test-args.ts'
import { planTests } from '../../scripts/lib/test-plan.ts'
import { addTotals, formatTotals, readTotals } from '../../scripts/lib/test-totals.ts'
import { plantTree } from './temp-tree.ts'

describe('the arguments of npm test', () => {
  test('without any, the default groups run whole', () => {
    const { groups, filters, flags } = parseTestArgs([])
    expect(groups.map((group) => group.name)).toEqual([
      'unit',
      'conformance',
      'attacks',
      'fuzz',
      'simulation',
      'e2e',
    ])
    expect([filters, flags]).toEqual([[], []])
  })

  test('groups, flags of bun and parts of paths are told apart', () => {
    const args = parseTestArgs([
      '--group',
      'faults',
      '--group=unit',
      '-t',
      'a name',
      '--bail',
      'packages/node',
    ])
    expect(args.groups.map((group) => group.name)).toEqual(['faults', 'unit'])
    expect(args.flags).toEqual(['-t', 'a name', '--bail'])
    expect(args.filters).toEqual(['packages/node'])
  })

  test('an unknown group is refused with the ones there are', () => {
    expect(() => parseTestArgs(['--group', 'slow'])).toThrow(
      'no test group "slow" (there are unit, conformance, attacks, fuzz, simulation, e2e, console-load, faults, runtimes)',
    )
  })
})

const habitOfSkipping = (tool: string): string => `test.skipIf(Bun.which('${tool}') === null)('x', () => {})`

describe('the plan', () => {
  const files = {
    'packages/node/test/a.test.ts': '',
    'packages/server/test/power.strace.test.ts': '',
    'test/e2e/b.test.ts': '',
    'packages/server/test/some.test.ts': habitOfSkipping('strace'),
    'test/faults/kills/c.test.ts': '',
  }

  test('leaves out what needs a missing tool and what was not asked for, and says so', async () => {
    await using tree = await plantTree(files)
    const plan = planTests(tree.root, parseTestArgs([]), () => false)
    expect(plan.runs.map((run) => run.files)).toEqual([
      ['packages/node/test/a.test.ts'],
      ['packages/server/test/some.test.ts'],
      ['test/e2e/b.test.ts'],
    ])
    expect(plan.runs.map((run) => run.name)).toEqual(['unit packages/node', 'unit packages/server', 'e2e'])
    expect(plan.leftOut).toEqual([
      'strace is not installed (apt-get install strace): packages/server/test/power.strace.test.ts, packages/server/test/some.test.ts',
      'group faults (kills, full disks and lost power): npm test -- --group faults',
    ])
  })

  test('runs a file that names a tool where the tool is', async () => {
    await using tree = await plantTree(files)
    const plan = planTests(tree.root, parseTestArgs(['strace']), (tool) => tool.name === 'strace')
    expect(plan.runs.map((run) => run.files)).toEqual([['packages/server/test/power.strace.test.ts']])
  })
})

describe('the script', () => {
  test('fails when no test ran', async () => {
    const result = await runCommand([BUN, 'scripts/test.ts', 'no-such-file'], REPOSITORY)
    expect(result.code).toBe(1)
    expect(result.output.split('\n').slice(-2)).toEqual(['no test ran', '0 passed, 0 failed'])
  })

  test('is used wrongly with an unknown group', async () => {
    const result = await runCommand([BUN, 'scripts/test.ts', '--group', 'slow'], REPOSITORY)
    expect(result.code).toBe(2)
  })
})

describe('the totals', () => {
  test('come from the root of the report only', () => {
    const report =
      '<?xml version="1.0"?>\n<testsuites name="bun test" tests="9" assertions="4" failures="2" skipped="3" time="1">' +
      '<testsuite tests="9" failures="2" skipped="3"></testsuite></testsuites>'
    expect(readTotals(report)).toEqual({ passed: 4, failed: 2, skipped: 3 })
  })

  test('are unknown without a report', () => {
    expect(readTotals('')).toBeUndefined()
    expect(readTotals('<testsuites>')).toBeUndefined()
  })

  test('are summed and closed with one line', () => {
    const one = { passed: 3, failed: 0, skipped: 0 }
    expect(formatTotals(addTotals([one, one]))).toBe('6 passed, 0 failed')
    expect(formatTotals(addTotals([one, { passed: 1, failed: 2, skipped: 4 }]))).toBe(
      '4 passed, 2 failed, 4 skipped',
    )
    expect(formatTotals(addTotals([]))).toBe('0 passed, 0 failed')
  })
})
