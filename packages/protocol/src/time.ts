/**
 * Times are RFC 3339 in UTC. They are read with 0 to 9 fraction digits and written with exactly 9.
 * Inside the program an instant is a bigint of nanoseconds since 1970-01-01T00:00:00Z.
 */
const FORM = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|\+00:00)$/
const NS_PER_S = 1_000_000_000n

/** Writes an instant, not before 1970 nor after 9999, with exactly 9 fraction digits. */
export function formatTime(ns: bigint): string {
  const seconds = ns / NS_PER_S
  const fraction = ns % NS_PER_S
  return `${wholeSeconds(Number(seconds) * 1000)}.${fraction.toString().padStart(9, '0')}Z`
}

/** Reads a time; undefined when it is malformed or no real date. */
export function parseTime(text: string): bigint | undefined {
  const match = FORM.exec(text)
  if (!match) return undefined
  const ms = Date.parse(`${match[1]}Z`)
  // Some engines take February 30th for March 2nd.
  if (Number.isNaN(ms) || wholeSeconds(ms) !== match[1]) return undefined
  return BigInt(ms) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'))
}

function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19)
}
