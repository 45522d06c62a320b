export interface TestTotals {
  passed: number
  failed: number
  skipped: number
}

/**
 * Totals of a JUnit report that `bun test` wrote; undefined when it has none, as after a crash.
 * Only the root element counts: the suites inside repeat its numbers.
 */
export function readTotals(report: string): TestTotals | undefined {
  const root = /<testsuites\b[^>]*>/.exec(report)?.[0]
  if (root === undefined) return undefined
  const [tests, failed, skipped] = ['tests', 'failures', 'skipped'].map((name) => {
    const value = new RegExp(`\\s${name}="(\\d+)"`).exec(root)?.[1]
    return value === undefined ? undefined : Number(value)
  })
  if (tests === undefined || failed === undefined) return undefined
  return { passed: tests - failed - (skipped ?? 0), failed, skipped: skipped ?? 0 }
}

/** Sum of the totals of several runs. */
export function addTotals(all: readonly TestTotals[]): TestTotals {
  return all.reduce(
    (sum, each) => ({
      passed: sum.passed + each.passed,
      failed: sum.failed + each.failed,
      skipped: sum.skipped + each.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  )
}

/** The closing line, in the form that CI systems read. */
export function formatTotals(totals: TestTotals): string {
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
  return `${totals.passed} passed, ${totals.failed} failed${skipped}`
}
