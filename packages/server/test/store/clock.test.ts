import { expect, test } from 'bun:test'
import { formatTime, parseTime } from '@moltnet/protocol'
import fc from 'fast-check'
import { InstantClock } from '../../src/store/sqlite/clock.ts'

test('every instant is the clock’s, or 1 ns after the last one where that is not later', () => {
  const instants = fc.array(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), {
    minLength: 1,
    maxLength: 20,
  })
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), instants, (start, reads) => {
      let at = 0
      const clock = new InstantClock(() => reads[at] as bigint, formatTime(start))
      let last = start
      for (; at < reads.length; at++) {
        const read = reads[at] as bigint
        last = read > last ? read : last + 1n
        expect(clock.next()).toBe(formatTime(last))
      }
    }),
  )
})

test('a second that is full goes over into the next one', () => {
  const clock = new InstantClock(() => 0n, '2026-12-31T23:59:59.999999998Z')
  expect([clock.next(), clock.next(), clock.next()]).toEqual([
    '2026-12-31T23:59:59.999999999Z',
    '2027-01-01T00:00:00.000000000Z',
    '2027-01-01T00:00:00.000000001Z',
  ])
})

test('the system’s clock is read in milliseconds', () => {
  const before = BigInt(Date.now()) * 1_000_000n
  const clock = new InstantClock(undefined, undefined)
  const first = parseTime(clock.next()) as bigint
  expect(first).toBeGreaterThanOrEqual(before)
  expect(first).toBeLessThanOrEqual(BigInt(Date.now()) * 1_000_000n)
  expect(parseTime(clock.next()) as bigint).toBeGreaterThan(first)
})
