import { afterEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { CreateMessage, LIMITS, parseJson, sanitizeJson, textDepthExceeds } from '../src/index.ts'
import { anyText } from './fixtures.ts'

afterEach(() => {
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

/** `[[…]]`, so many levels deep. */
function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels)
}

function nestedObject(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
}

describe('nesting', () => {
  test.each([
    ['arrays', nested],
    ['objects', nestedObject],
  ])('of %s is accepted up to 64 levels and refused beyond', (_, make) => {
    expect(LIMITS.jsonDepth).toBe(64)
    for (const read of [parseJson, (raw: string) => sanitizeJson(JSON.parse(raw))]) {
      expect(read(make(64)).ok).toBe(true)
      expect(read(make(65))).toEqual({ ok: false, reason: 'depth' })
      expect(read(make(100_000))).toEqual({ ok: false, reason: 'depth' })
    }
  })

  test('of brackets that never close is refused before parsing', () => {
    expect(parseJson('['.repeat(1_000_000))).toEqual({ ok: false, reason: 'depth' })
    expect(parseJson('{"a":'.repeat(200_000))).toEqual({ ok: false, reason: 'depth' })
  })

  test('in strings does not count', () => {
    expect(parseJson(JSON.stringify('['.repeat(1_000)))).toEqual({ ok: true, value: '['.repeat(1_000) })
    expect(parseJson(JSON.stringify({ '[["{{\\': '\\"[[[' }), 1)).toEqual({
      ok: true,
      value: { '[["{{\\': '\\"[[[' },
    })
  })

  test('side by side does not count', () => {
    expect(parseJson(`[${Array(1_000).fill('[]').join(',')}]`, 2).ok).toBe(true)
  })

  test('is found in a text exactly when the parsed value has it', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? 1 + Math.max(0, ...Object.values(value).map((item) => depthOf(item)))
        : 0
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(10), (value, max) => {
        const raw = JSON.stringify(value)
        expect(textDepthExceeds(raw, max)).toBe(depthOf(value) > max)
        expect(sanitizeJson(JSON.parse(raw), max).ok).toBe(depthOf(JSON.parse(raw)) <= max)
      }),
    )
  })

  test('of a text that is no JSON gets some answer', () => {
    for (const raw of ['', '"', '"\\', ']]]', '}{', '"[', '\\"['])
      expect(textDepthExceeds(raw, 64)).toBe(false)
    fc.assert(fc.property(anyText, fc.nat(3), (raw, max) => typeof textDepthExceeds(raw, max) === 'boolean'))
  })
})

describe('half surrogates', () => {
  test.each([
    ['"\\ud800"', '\ufffd'],
    ['"a\\udc00b"', 'a\ufffdb'],
    ['"\\ud83d\\ude00"', '\u{1f600}'],
    ['["\\ud800", {"a": ["x\\udfff"]}]', ['\ufffd', { a: ['x\ufffd'] }]],
    ['{"a\\ud800": 1, "b": 2}', { 'a\ufffd': 1, b: 2 }],
    ['{"\\ud800": 1, "\\ud801": 2}', { '\ufffd': 2 }],
  ])('in %s become U+FFFD', (raw, expected) => {
    expect(parseJson(raw)).toEqual({ ok: true, value: expected })
  })

  test('in keys do not change the order of keys', () => {
    const result = parseJson('{"a": 1, "b\\ud800": 2, "c": 3}')
    expect(result.ok && Object.keys(result.value as object)).toEqual(['a', 'b\ufffd', 'c'])
  })
})

describe('a NUL character', () => {
  test.each([
    '"\\u0000"',
    '"a\\u0000b"',
    '["\\u0000"]',
    '{"a\\u0000": 1}',
    '{"a": [{"b": "\\u0000"}]}',
    '{"__proto__": "\\u0000"}',
  ])('is refused in %s', (raw) => {
    expect(parseJson(raw)).toEqual({ ok: false, reason: 'nul' })
  })

  test('that is only spelled is none', () => {
    expect(parseJson('"\\\\u0000"')).toEqual({ ok: true, value: '\\u0000' })
  })
})

describe('keys that touch prototypes', () => {
  test('named __proto__ go, at any depth and however they are spelled', () => {
    for (const key of ['__proto__', '\\u005f_proto__']) {
      const result = parseJson(`{"a": [{"${key}": {"polluted": 1}, "b": 2}], "${key}": {"polluted": 1}}`)
      expect(result).toEqual({ ok: true, value: { a: [{ b: 2 }] } })
      const value = (result as { value: { polluted?: unknown } }).value
      expect(value.polluted).toBeUndefined()
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    }
  })

  test('named constructor and prototype are plain keys', () => {
    const raw = '{"constructor": {"prototype": {"polluted": 1}}, "x\\ud800": 1}'
    const result = parseJson(raw)
    expect(result.ok && Object.hasOwn(result.value as object, 'constructor')).toBe(true)
    expect(JSON.stringify((result as { value: unknown }).value)).toBe(
      '{"constructor":{"prototype":{"polluted":1}},"x\ufffd":1}',
    )
  })

  test('do not come through the schemas either', () => {
    const raw =
      '{"target":{"kind":"room","room_id":"a","__proto__":{"polluted":1}},"from":{"type":"agent","id":"a"},' +
      '"parts":[{"kind":"data","data":{"__proto__":{"polluted":1},"constructor":{"polluted":1},"a":1}}]}'
    const message = CreateMessage.parse(JSON.parse(raw))
    expect((message.target as Record<string, unknown>).polluted).toBeUndefined()
    expect(JSON.stringify(message.parts[0]?.data)).toBe('{"constructor":{"polluted":1},"a":1}')
  })
})

describe('reading JSON', () => {
  test.each([
    '',
    ' ',
    '{',
    '{"a":1} {}',
    '[1,]',
    "{'a':1}",
    'undefined',
    'NaN',
    '"\n"',
    '01',
  ])('refuses %j as no single JSON value', (raw) => {
    expect(parseJson(raw)).toEqual({ ok: false, reason: 'syntax' })
  })

  test('gives any clean value back as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const raw = JSON.stringify(value).replaceAll('\\u0000', '').replaceAll('__proto__', 'proto')
        expect(parseJson(raw)).toEqual({ ok: true, value: JSON.parse(raw) })
      }),
    )
  })

  test('leaves only well-formed strings without NUL, for any strings and keys', () => {
    const wholesome = (value: unknown): boolean => {
      if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
      if (typeof value !== 'object' || value === null) return true
      return Object.entries(value).every(([key, item]) => wholesome(key) && wholesome(item))
    }
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.oneof(anyText, fc.array(anyText))), (value) => {
        const result = parseJson(JSON.stringify(value))
        if (result.ok) expect(wholesome(result.value)).toBe(true)
        else expect(result.reason).toBe('nul')
      }),
    )
  })
})
