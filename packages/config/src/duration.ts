/** A whole number and a unit: `90s`, `15m`, `24h`, `30d`. Nine digits of days stay exact in milliseconds. */
export const DURATION = /^[1-9][0-9]{0,8}[smhd]$/

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a duration such as `90s`, `15m`, `24h` or `30d`. Throws a RangeError for any other text. */
export function parseDuration(text: string): number {
  const unit = UNIT_MS[text.at(-1) ?? '']
  if (!DURATION.test(text) || unit === undefined) {
    throw new RangeError(`${JSON.stringify(text)} is no duration: write 90s, 15m, 24h or 30d`)
  }
  return Number(text.slice(0, -1)) * unit
}
