import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { oneLine } from '../src/index.ts'
import { anyText } from './fixtures.ts'
import { hostileNames } from './hostile.ts'

describe('a text on one line', () => {
  test.each([
    ['Beta', 'Beta'],
    ['  Beta \t One ', 'Beta One'],
    ['Be\r\nta', 'Be ta'],
    ['Be\u2028ta\u2029x\u0085y', 'Be ta x y'],
    ['Be\u001cta\u001fx', 'Be ta x'],
    ['Be\0ta\u0007', 'Beta'],
    ['\u202eateB\u202c', 'ateB'],
    ['\u2066Beta\u2069\u200e', 'Beta'],
    ['B\u200be\u200dta\ufeff', 'Beta'],
    ['a \u200b b', 'a b'],
    ['Be\u00adta', 'Beta'],
    ['\ud800Beta', 'Beta'],
    ['Zoë Nuñez 李 \u{1f600}', 'Zoë Nuñez 李 \u{1f600}'],
    ['אבג العربية', 'אבג العربية'],
    ['\u200b\u2060', ''],
    ['', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(oneLine(text)).toBe(expected)
  })

  test('has at most 64 characters, and no half of one', () => {
    expect(oneLine('x'.repeat(65))).toBe('x'.repeat(64))
    expect(oneLine('\u{1f600}'.repeat(65))).toBe('\u{1f600}'.repeat(64))
    expect(oneLine(`${'x'.repeat(63)} y`)).toBe('x'.repeat(63))
    expect(oneLine('x'.repeat(65), 100)).toBe('x'.repeat(65))
  })

  test('is one visible line for any text, and stays as it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyText, fc.constantFrom(...hostileNames)),
        fc.integer({ min: 1, max: 80 }),
        (text, max) => {
          const line = oneLine(text, max)
          expect(Array.from(line).length).toBeLessThanOrEqual(max)
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
          expect(line).toBe(line.trim())
          expect(oneLine(line, max)).toBe(line)
        },
      ),
    )
  })
})
