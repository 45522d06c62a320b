import { Lexer, type MarkedToken, Tokenizer } from 'marked'

/**
 * Bounds of what is shown of a text at once. The parser's worst cases grow with the square of the text: 3,000
 * characters stay under 10 ms and 20,000 under 300 ms (measured with texts made to be slow), and only a
 * viewer's own click shows more than the first.
 */
export const TEXT_LIMITS = {
  /** Characters of a text that are shown before "Show all". */
  foldedCharacters: 3_000,
  /** Lines of a text that are shown before "Show all". */
  foldedLines: 40,
  /** A longer text is shown as it is, without Markdown. */
  markdownCharacters: 20_000,
} as const

/**
 * Markdown without what hides text: HTML stays visible as it was written, and so do link definitions, whose
 * targets would otherwise stand far from the links that use them.
 */
class OpenTokenizer extends Tokenizer {
  override html(): undefined {
    return undefined
  }
  override tag(): undefined {
    return undefined
  }
  override def(): undefined {
    return undefined
  }
}

/** The blocks of a Markdown text (GFM, a line break is a line break). Undefined when it is no fit for the parser. */
export function parseMarkdown(text: string): MarkedToken[] | undefined {
  if (text.length > TEXT_LIMITS.markdownCharacters) return undefined
  try {
    const lexer = new Lexer({ gfm: true, breaks: true, tokenizer: new OpenTokenizer() })
    // Without extensions every token is one of Marked's own.
    return lexer.lex(text) as MarkedToken[]
  } catch (error) {
    // Thousands of nested quotes end the parser's recursion. Such a text is shown as it is.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The first part of a long text, cut at the end of a line where there is one; undefined when it is short. */
export function foldText(text: string): string | undefined {
  const { foldedCharacters, foldedLines } = TEXT_LIMITS
  const cut = Math.min(endOfLine(text, foldedLines), foldedCharacters)
  if (text.length <= cut) return undefined
  const lineEnd = text.lastIndexOf('\n', cut)
  const end = lineEnd > cut / 2 ? lineEnd : cut
  return text.slice(0, isLowSurrogate(text.charCodeAt(end)) ? end - 1 : end)
}

/** Position after so many lines, or the end. */
function endOfLine(text: string, lines: number): number {
  let at = -1
  for (let line = 0; line < lines; line += 1) {
    at = text.indexOf('\n', at + 1)
    if (at < 0) return text.length
  }
  return at
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}
