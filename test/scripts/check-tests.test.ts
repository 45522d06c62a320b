import { expect, test } from 'bun:test'
import { checkTests } from '../../scripts/check-tests.ts'
import { formatFault } from '../../scripts/lib/fault.ts'
import { plantTree } from './temp-tree.ts'

const WAITS = 'a test waits for a condition with a deadline, never for a time'

/** Built at run time: written out, these lines would be faults of this very file. */
const habit = (...parts: string[]): string => parts.join('')

test('reports sleeps, focused and skipped tests with their lines', async () => {
  await using tree = await plantTree({
    'packages/node/test/a.test.ts': [
      'const fine = 1',
      habit('await Bun.', 'sleep(10)'),
      habit('await new Promise((resolve) => set', 'Timeout(resolve, 10))'),
      habit('test.', 'only("x", () => {})'),
      habit('describe.', 'skip("x", () => {})'),
    ].join('\n'),
  })
  const at = (line: number): string => `packages/node/test/a.test.ts:${line}`
  expect((await checkTests(tree.root)).map(formatFault)).toEqual([
    `${at(2)}: ${WAITS}`,
    `${at(3)}: ${WAITS}`,
    `${at(4)}: leaves out every other test of the file`,
    `${at(5)}: is never run: remove it, or use skipIf where only some machines can run it`,
  ])
})

test('reports a test file that no group runs', async () => {
  await using tree = await plantTree({
    'packages/node/src/a.test.ts': '',
    'packages/node/test/b.test.ts': '',
    'test/e2e/deep/c.test.ts': '',
  })
  expect(await checkTests(tree.root)).toEqual([
    {
      file: 'packages/node/src/a.test.ts',
      message: 'is in no group of scripts/lib/test-files.ts, so nothing runs it',
    },
  ])
})
