import { expect, test } from 'bun:test'
import { createTokenBuckets } from '../../src/http/token-buckets.ts'

test('a bucket gives its burst at once, then what comes back', () => {
  const buckets = createTokenBuckets({ perMinute: 60, burst: 3 })
  const take = (nowMs: number) => buckets.take('a', nowMs)
  expect([take(0), take(0), take(0)]).toEqual([0, 0, 0])
  expect(take(0)).toBe(1)
  expect(take(500)).toBe(0.5)
  expect(take(1000)).toBe(0)
  expect(take(1000)).toBe(1)
})

test('a refused request takes nothing', () => {
  const buckets = createTokenBuckets({ perMinute: 60, burst: 1 })
  buckets.take('a', 0)
  for (let tries = 0; tries < 100; tries++) expect(buckets.take('a', 10)).toBeGreaterThan(0)
  expect(buckets.take('a', 1000)).toBe(0)
})

test('keys have buckets of their own', () => {
  const buckets = createTokenBuckets({ perMinute: 1, burst: 1 })
  expect([buckets.take('a', 0), buckets.take('b', 0)]).toEqual([0, 0])
  expect(buckets.take('a', 0)).toBe(60)
})

test('a rate is kept over a long time', () => {
  const buckets = createTokenBuckets({ perMinute: 20, burst: 20 })
  let accepted = 0
  for (let ms = 0; ms < 600_000; ms += 100) if (buckets.take('a', ms) === 0) accepted += 1
  expect(accepted).toBe(20 + 199)
})

test('a million keys do not fill the memory', () => {
  const buckets = createTokenBuckets({ perMinute: 60, burst: 1 })
  for (let key = 0; key < 1_000_000; key++) buckets.take(`address ${key}`, key)
  expect(buckets.size).toBeLessThanOrEqual(16_384)
})
