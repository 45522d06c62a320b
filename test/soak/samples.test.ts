import { expect, test } from 'bun:test'
import { median, type Sample, sampleOf, slopePer10Minutes } from './samples.ts'

const at = (seconds: number, rssMb: number): Sample => ({ at: seconds, age: 0, rssMb, files: 0, walMb: 0 })

test('the slope is what ten minutes bring', () => {
  const rising = [at(0, 100), at(300, 101), at(600, 102), at(1_200, 104)]
  expect(slopePer10Minutes(rising, ({ rssMb }) => rssMb)).toBeCloseTo(2)
  expect(slopePer10Minutes(rising, () => 7)).toBe(0)
  expect(slopePer10Minutes([at(0, 100)], ({ rssMb }) => rssMb)).toBe(0)
})

test('the median is the middle one', () => {
  expect([median([3, 1, 2]), median([])]).toEqual([2, 0])
})

test.skipIf(process.platform !== 'linux')('measures a process', () => {
  const sample = sampleOf({ pid: process.pid, wal: import.meta.path, at: 1, age: 2 })
  expect(sample).toMatchObject({ at: 1, age: 2 })
  expect(Math.abs(sample.rssMb - process.memoryUsage.rss() / 1e6)).toBeLessThan(20)
  expect(sample.files).toBeGreaterThan(2)
  expect(sample.walMb).toBeGreaterThan(0)
  expect(sampleOf({ pid: process.pid, wal: '/nowhere', at: 1, age: 2 }).walMb).toBe(0)
})
