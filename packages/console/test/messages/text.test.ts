import { expect, test } from 'bun:test'
import { codePointName, textPieces } from '../../src/messages/text/invisible.ts'
import { namesItself, readLink } from '../../src/messages/text/links.ts'
import { foldText, parseMarkdown, TEXT_LIMITS } from '../../src/messages/text/parse.ts'

test.each([
  ['https://example.com/a?b#c', 'web', 'example.com'],
  ['http://example.com:8080', 'web', 'example.com:8080'],
  ['https://google.com@evil.example/', 'web', 'evil.example'],
  ['https://p\u0430ypal.com', 'web', 'xn--pypal-4ve.com'],
  ['mailto:bob@example.com?subject=x&body=y', 'mail', 'bob@example.com'],
])('%s may be followed, and is said to lead to its host', (target, kind, host) => {
  const link = readLink(target)
  expect(link).toMatchObject({ kind, host })
  expect(link?.href).not.toContain('subject')
})

test.each([
  'javascript:alert(1)',
  ' javascript:alert(1)',
  'java\tscript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'blob:https://example.com/1',
  '/relative',
  '//example.com/x',
  'example.com',
  '',
])('%j is no link', (target) => {
  expect(readLink(target)).toBeUndefined()
})

test.each([
  ['https://example.com/a', 'https://example.com/a', true],
  ['example.com', 'https://example.com/', true],
  ['bob@example.com', 'mailto:bob@example.com', true],
  ['https://example.com', 'https://evil.example/', false],
  ['evil.example', 'https://evil.example/path', false],
  ['here', 'https://example.com/', false],
])('%s names %s itself: %p', (shown, target, expected) => {
  const link = readLink(target)
  expect(link !== undefined && namesItself(shown, link)).toBe(expected)
})

test.each([
  ['plain text\twith\nlines', 0],
  ['a\u202Eb\u202Cc', 2],
  ['a\u200Bb', 1],
  ['\u{E0041}\u{E0042}', 2],
  ['soft\u00ADhyphen', 1],
  ['\u0007 bell', 1],
  ['\uD800', 1],
])('%j has %i kinds of hiding characters in a row', (text, unseen) => {
  expect(textPieces(text).filter((piece) => 'unseen' in piece).length).toBe(unseen)
})

test.each([
  '👩‍💻 👨‍👩‍👧 ❤️ 1️⃣ 👍🏽',
  'فارسی می\u200Cخواهم',
  'क्\u200Dष',
  'left\u200E right\u200F',
])('%s does not hide anything', (text) => {
  expect(textPieces(text)).toEqual([{ text }])
})

test('many of the same hiding character are one mark', () => {
  expect(textPieces(`a${'\u200B'.repeat(50)}b`)).toEqual([
    { text: 'a' },
    { unseen: 0x200b, times: 50 },
    { text: 'b' },
  ])
  expect(codePointName(0x200b)).toBe('U+200B')
})

test('HTML and link definitions are text', () => {
  const types = new Set<string>()
  const walk = (tokens: readonly { type: string; tokens?: unknown }[]): void => {
    for (const token of tokens) {
      types.add(token.type)
      if (Array.isArray(token.tokens)) walk(token.tokens)
    }
  }
  walk(
    parseMarkdown('<div>\n<b>x</b> <!-- y -->\n\n[a]: javascript:x\n\n[a] <script>z</script>\n</div>') ?? [],
  )
  expect([...types].sort()).toEqual(['br', 'paragraph', 'space', 'text'])
})

test('what the parser cannot take is shown as it is', () => {
  expect(parseMarkdown('>'.repeat(19_000))).toBeUndefined()
  expect(parseMarkdown('x'.repeat(TEXT_LIMITS.markdownCharacters + 1))).toBeUndefined()
  expect(parseMarkdown('fine')).toHaveLength(1)
})

test('a long text is folded at the end of a line, a short one is not', () => {
  expect(foldText('short')).toBeUndefined()
  const lines = Array.from({ length: 100 }, (_, line) => `line ${line}`).join('\n')
  expect(foldText(lines)?.split('\n')).toHaveLength(TEXT_LIMITS.foldedLines)
  expect(foldText('x'.repeat(5_000))).toHaveLength(TEXT_LIMITS.foldedCharacters)
  const emoji = `${'x'.repeat(TEXT_LIMITS.foldedCharacters - 1)}😀${'y'.repeat(100)}`
  expect(foldText(emoji)).toHaveLength(TEXT_LIMITS.foldedCharacters - 1)
})
