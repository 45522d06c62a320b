const HEAD = 'evt_'
const DOT = 0x2e
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39

/** Digits of the highest position: below 2^53. */
const MOST_DIGITS = 15

/**
 * The position in an id of this log, `evt_<epoch>.<position>`; an id of another log, or of no log, has
 * none. Runs for every ACK, so it makes nothing and reads each character once.
 */
export function positionOfCursor(id: string, epoch: string): number | undefined {
  const start = HEAD.length + epoch.length + 1
  const digits = id.length - start
  if (digits < 1 || digits > MOST_DIGITS || !id.startsWith(HEAD)) return undefined
  if (!id.startsWith(epoch, HEAD.length) || id.charCodeAt(start - 1) !== DOT) return undefined
  // As positions are written: no leading zero, and 0 is none.
  if (id.charCodeAt(start) === DIGIT_0) return undefined
  let position = 0
  for (let at = start; at < id.length; at++) {
    const code = id.charCodeAt(at)
    if (code < DIGIT_0 || code > DIGIT_9) return undefined
    position = position * 10 + (code - DIGIT_0)
  }
  return position
}
