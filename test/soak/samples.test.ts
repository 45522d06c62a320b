import { expect, test } from 'bun:test'
import { growth, median, type Sample, sampleOf, slopePer10Minutes } from './samples.ts'

const at = (seconds: number, rssMb: number): Sample => ({ at: seconds, age: 0, rssMb, files: 0, walMb: 0 })

test('the slope is what ten minutes bring', () => {
  const rising = [at(0, 100), at(300, 101), at(600, 102), at(1_200, 104)]
  expect(slopePer10Minutes(rising, ({ rssMb }) => rssMb)).toBeCloseTo(2)
  expect(slopePer10Minutes(rising, () => 7)).toBe(0)
  expect(slopePer10Minutes([at(0, 100)], ({ rssMb }) => rssMb)).toBe(0)
})

/** A process that is started every 300 s and fills its caches; `rest` is what each leaves to the next. */
function lives(count: number, rest: number): Sample[] {
  return Array.from({ length: count * 60 }, (_, n) => {
    const [life, age] = [Math.floor(n / 60), (n % 60) * 5]
    return { ...at(n * 5, 100 + age / 4 + life * rest), age }
  })
}

test('caches that fill after each restart are no growth, and what a restart leaves behind is', () => {
  const rss = ({ rssMb }: Sample) => rssMb
  expect(growth(lives(6, 0), rss)).toBeCloseTo(0, 1)
  expect(growth(lives(6, 2), rss)).toBeCloseTo(4, 1)
})

test('without a restart the second half of the run counts', () => {
  const rss = ({ rssMb }: Sample) => rssMb
  const filled = Array.from({ length: 240 }, (_, n) => ({ ...at(n * 5, 100 + Math.min(n, 100)), age: n * 5 }))
  expect(growth(filled, rss)).toBeCloseTo(0)
  const leaking = Array.from({ length: 240 }, (_, n) => ({ ...at(n * 5, 100 + n * 0.05), age: n * 5 }))
  expect(growth(leaking, rss)).toBeCloseTo(6)
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
