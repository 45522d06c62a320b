/** A stretch of a text: shown as it is, or a character that shows nothing or turns the text around. */
export type TextPiece = { readonly text: string } | { readonly unseen: number; readonly times: number }

/**
 * Characters that hide: controls but for tab and line break, format characters (bidi overrides and isolates,
 * zero-width, tags), lone surrogates, and what renderers ignore by default.
 */
const HIDING = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu

const ZERO_WIDTH_NON_JOINER = 0x200c
const ZERO_WIDTH_JOINER = 0x200d
const LEFT_TO_RIGHT_MARK = 0x200e
const RIGHT_TO_LEFT_MARK = 0x200f
const TEXT_STYLE = 0xfe0e
const EMOJI_STYLE = 0xfe0f

/** What a joiner joins: emoji, and letters of scripts that need it. */
const JOINABLE =
  /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Mongolian}\p{Script=Syriac}]$/u

/**
 * Takes a text apart at the characters that hide. Those that do their honest work stay in it: joiners and
 * variation selectors after what they join, and direction marks, whose reach ends with the isolated text.
 */
export function textPieces(text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let shown = 0
  for (const match of text.matchAll(HIDING)) {
    const code = match[0].codePointAt(0) as number
    if (isHonest(code, text, match.index)) continue
    if (match.index > shown) pieces.push({ text: text.slice(shown, match.index) })
    const last = match.index === shown ? pieces.at(-1) : undefined
    if (last !== undefined && 'unseen' in last && last.unseen === code) {
      pieces[pieces.length - 1] = { unseen: code, times: last.times + 1 }
    } else {
      pieces.push({ unseen: code, times: 1 })
    }
    shown = match.index + match[0].length
  }
  if (shown < text.length) pieces.push({ text: text.slice(shown) })
  return pieces
}

function isHonest(code: number, text: string, at: number): boolean {
  switch (code) {
    case LEFT_TO_RIGHT_MARK:
    case RIGHT_TO_LEFT_MARK:
      return true
    case ZERO_WIDTH_JOINER:
    case ZERO_WIDTH_NON_JOINER:
    case TEXT_STYLE:
    case EMOJI_STYLE:
      return JOINABLE.test(characterBefore(text, at)) || (code >= TEXT_STYLE && isKeycap(text, at))
    default:
      return false
  }
}

/** The character that ends at a position. */
function characterBefore(text: string, at: number): string {
  const low = text.charCodeAt(at - 1)
  return text.slice(low >= 0xdc00 && low <= 0xdfff ? at - 2 : at - 1, at)
}

/** `1️⃣`: digits take an emoji style too. */
function isKeycap(text: string, at: number): boolean {
  return /[0-9#*]/.test(text[at - 1] ?? '')
}

/** `U+202E` */
export function codePointName(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}
