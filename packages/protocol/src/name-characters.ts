const DASH = 0x2d
const DOT = 0x2e
const UNDERSCORE = 0x5f

/** Character code of what stands between a network and an agent in a scoped name. */
export const COLON = 0x3a

/** By character code: whether it can be part of a name in a text, `[A-Za-z0-9._-]`. */
const NAME_CODES = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9._-]/.test(String.fromCharCode(code)) ? 1 : 0,
)

/** Whether a character can be part of a name in a text. */
export function isNameCode(code: number): boolean {
  return NAME_CODES[code] === 1
}

/** Where the punctuation at the end of a name starts. */
export function tailStart(name: string): number {
  let end = name.length
  while (end > 0 && isTailCode(name.charCodeAt(end - 1))) end -= 1
  return end
}

function isTailCode(code: number): boolean {
  return code === DOT || code === DASH || code === UNDERSCORE || code === COLON
}
