import { LIMITS } from './limits.ts'

/** White space and everything that some program takes for a line break (NEL and FS to US included). */
const SPACES = /[\s\u0085\u001c-\u001f]+/g

/**
 * Characters that show nothing or change how others show: controls, format characters (bidi, zero-width,
 * tags), lone surrogates, and all that renderers ignore by default.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu

/** How many characters are looked at for each one that may be kept; bounds the work on a huge text. */
const HEADROOM = 64

/**
 * A text as one line of at most `max` characters (code points): white space becomes one space, invisible
 * and direction-changing characters go. Gives `''` when nothing is left.
 */
export function oneLine(text: string, max: number = LIMITS.nameCharacters): string {
  const line = text
    .slice(0, max * HEADROOM)
    .replace(SPACES, ' ')
    .replace(INVISIBLE, '')
    .replace(/ {2,}/g, ' ')
    .trim()
  return line.length <= max ? line : Array.from(line).slice(0, max).join('').trimEnd()
}
