import { oneLine } from '@moltnet/protocol'

/** Longest text shown of what somebody else wrote, in characters. */
const LINE_CHARACTERS = 400

/** Texts come from programs of others: one line, nothing that moves the cursor. */
export function line(text: string): string {
  return oneLine(text, LINE_CHARACTERS)
}

/** Date and time to the millisecond, in UTC. */
export function clock(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 23)}`
}

/** The time between two instants in milliseconds, in the unit that suits it. */
export function elapsed(from: number, to: number): string {
  const ms = Math.max(0, to - from)
  if (ms < 1_000) return `${ms} ms`
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  return `${Math.round(ms / 3_600_000)} h`
}

/** Columns as wide as their widest cell; nothing is padded after the last one. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
