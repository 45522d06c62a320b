/** Ids of entries: `evt_<epoch>.<position>`; an id of another log, or of no log, has no position. */
export function positionOfCursor(id: string, epoch: string): number | undefined {
  const prefix = `evt_${epoch}.`
  if (!id.startsWith(prefix)) return undefined
  const digits = id.slice(prefix.length)
  return POSITION.test(digits) ? Number(digits) : undefined
}

/** A position as it is written: no leading zero, below 2^53. */
const POSITION = /^[1-9][0-9]{0,14}$/
