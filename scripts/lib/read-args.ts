/**
 * Reads the words after a command. `--help` and `-h` print the usage and end the process with code 0. Words for which
 * `read` throws end it with code 2 and one line that says what is wrong with them.
 */
export function readArgs<T>(usage: string, read: (args: string[]) => T): T {
  const args = process.argv.slice(2)
  if (args.some((word) => word === '--help' || word === '-h')) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  try {
    return read(args)
  } catch (error) {
    process.stderr.write(`${complaint(error)} (--help shows the usage)\n`)
    process.exit(2)
  }
}

/** What is wrong. After its first sentence `parseArgs` goes on with advice about words that begin with a hyphen. */
function complaint(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('. ', 1)[0] ?? message
}

/** The number that a word says; throws an Error that names it by `name` unless it is whole and at least `least`. */
export function wholeNumber(text: string, { name, least = 1 }: { name: string; least?: number }): number {
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(number) && number >= least) return number
  throw new Error(`${name} must be a whole number from ${least} on, not "${text}"`)
}
