/**
 * Checks the test files: each is in a group that the test script runs, none sleeps, and none leaves out a
 * test or runs only one. Run by itself it checks this repository.
 */
import { type Fault, reportAndExit } from './lib/fault.ts'
import { listFiles, readText, REPOSITORY } from './lib/files.ts'
import { filesOfGroup, TEST_GROUPS } from './lib/test-files.ts'

const HABITS: readonly { pattern: RegExp; message: string }[] = [
  {
    pattern:
      /\bBun\.sleep(?:Sync)?\(|\bawait\s+(?:sleep|delay|setTimeout)\(|\bsetTimeout\(\s*(?:resolve|done|r)\b/,
    message: 'a test waits for a condition with a deadline, never for a time',
  },
  {
    pattern: /\b(?:test|it|describe)\.only\(/,
    message: 'leaves out every other test of the file',
  },
  {
    pattern: /\b(?:test|it|describe)\.(?:skip|todo)\(/,
    message: 'is never run: remove it, or use skipIf where only some machines can run it',
  },
]

/** All faults of the test files below `root`. */
export async function checkTests(root: string): Promise<Fault[]> {
  const faults: Fault[] = []
  const grouped = new Set(TEST_GROUPS.flatMap((group) => filesOfGroup(root, group)))
  for (const path of listFiles(root, '**/*.test.{ts,tsx}')) {
    if (!grouped.has(path)) {
      faults.push({ file: path, message: 'is in no group of scripts/lib/test-files.ts, so nothing runs it' })
    }
    const source = (await readText(root, path)) ?? ''
    for (const [index, line] of source.split('\n').entries()) {
      for (const { pattern, message } of HABITS) {
        if (pattern.test(line)) faults.push({ file: path, line: index + 1, message })
      }
    }
  }
  return faults
}

if (import.meta.main) reportAndExit('tests', await checkTests(REPOSITORY))
