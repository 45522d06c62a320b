/** How long a condition may take before the test fails, in milliseconds. */
const DEADLINE_MS = 30_000
/** Time between two looks. */
const LOOK_MS = 20

/**
 * Resolves with the first defined, non-false value of `look`. Rejects after the deadline, with
 * `describe` for whoever reads the failure.
 */
export async function until<T>(
  look: () => T | false | undefined | Promise<T | false | undefined>,
  describe: string | (() => string),
  deadlineMs: number = DEADLINE_MS,
): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== false) return value
    if (performance.now() > end) {
      throw new Error(`not in ${deadlineMs} ms: ${typeof describe === 'string' ? describe : describe()}`)
    }
    await Bun.sleep(LOOK_MS)
  }
}
