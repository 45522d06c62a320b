import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatTime, parseTime } from '../src/index.ts'

describe('times', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1970-01-01T00:00:00.000000001Z', 1n],
    ['1970-01-01T00:00:00.1Z', 100_000_000n],
    ['2026-04-01T09:00:00.123Z', 1_775_034_000_123_000_000n],
    ['2024-02-29T23:59:59.999999999Z', 1_709_251_199_999_999_999n],
    ['1970-01-01T00:00:01+00:00', 1_000_000_000n],
  ])('%s is read', (text, ns) => {
    expect(parseTime(text)).toBe(ns)
  })

  test.each([
    '',
    'now',
    '2026-04-01',
    '2026-04-01T09:00:00',
    '2026-04-01 09:00:00Z',
    '2026-04-01T09:00:00.Z',
    '2026-04-01T09:00:00.1234567890Z',
    '2026-04-01T09:00:00+02:00',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-04-01T24:00:00Z',
    '2026-04-01T09:60:00Z',
    '2026-04-01T09:00:00Z\n',
    '1775034000',
  ])('%j is no time', (text) => {
    expect(parseTime(text)).toBeUndefined()
  })

  test('are written with nine digits and read back, in the same order as text', () => {
    const instant = fc.bigInt({ min: 0n, max: 253_402_300_799_999_999_999n })
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const text = formatTime(a)
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
        expect(parseTime(text)).toBe(a)
        expect(text < formatTime(b)).toBe(a < b)
      }),
    )
    expect(formatTime(1_775_034_000_123_000_000n)).toBe('2026-04-01T09:00:00.123000000Z')
  })
})
