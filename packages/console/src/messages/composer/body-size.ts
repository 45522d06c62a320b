import { LIMITS } from '@moltnet/protocol'

/** The most bytes that one UTF-16 unit of a text can take in a JSON body: an escape, `\u0000`. */
const UNIT_BYTES = 6
/** The rest of a body without its text, generously. */
const FRAME_BYTES = 16_384
/** From this share of the limit on, the writer is told how much is left. */
const NEAR = 0.9

/** How much room is left in a message: plenty, so many bytes, or so many too many (negative). */
export type Room = { kind: 'plenty' } | { kind: 'near'; bytesLeft: number }

/** Measures the body of a text against the limit of a request. Long texts only: most are far from it. */
export function roomLeft(text: string, bodyOf: (text: string) => unknown): Room {
  if (text.length * UNIT_BYTES + FRAME_BYTES < LIMITS.bodyBytes * NEAR) return { kind: 'plenty' }
  const bytes = new TextEncoder().encode(JSON.stringify(bodyOf(text))).length
  return bytes < LIMITS.bodyBytes * NEAR
    ? { kind: 'plenty' }
    : { kind: 'near', bytesLeft: LIMITS.bodyBytes - bytes }
}
