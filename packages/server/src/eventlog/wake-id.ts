const WAKE_ID = /^wake_([0-9a-z]{1,10})$/

/** The id of a line of the ledger as clients see it; opaque to them. */
export function wakeId(id: number): string {
  return `wake_${id.toString(36).padStart(6, '0')}`
}

/** The line that a wake's id names; undefined when it is malformed. */
export function deliveryNumber(id: string): number | undefined {
  const digits = WAKE_ID.exec(id)?.[1]
  const number = digits === undefined ? Number.NaN : Number.parseInt(digits, 36)
  return Number.isSafeInteger(number) && wakeId(number) === id ? number : undefined
}
