import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Heights } from '../../src/messages/timeline/heights.ts'

/** What a list of heights does, without any cleverness. */
function sumOf(heights: readonly number[], rows: number): number {
  return heights.slice(0, rows).reduce((sum, height) => sum + height, 0)
}

const height = fc.integer({ min: 1, max: 500 })
const change = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), height }),
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), height }),
  fc.record({ kind: fc.constant('truncate' as const), at: fc.nat() }),
)

test('gives the sums of a plain list, whatever is pushed, changed and cut', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
      const heights = new Heights()
      const plain: number[] = []
      for (const step of changes) {
        if (step.kind === 'push') {
          heights.push(step.height)
          plain.push(step.height)
        } else if (step.kind === 'set' && plain.length > 0) {
          heights.set(step.at % plain.length, step.height)
          plain[step.at % plain.length] = step.height
        } else if (step.kind === 'truncate') {
          const count = step.at % (plain.length + 1)
          heights.truncate(count)
          plain.length = count
        }
      }
      expect(heights.count).toBe(plain.length)
      expect(heights.total).toBe(sumOf(plain, plain.length))
      for (const [row, expected] of plain.entries()) {
        const top = sumOf(plain, row)
        expect(heights.top(row)).toBe(top)
        expect(heights.at(top)).toBe(row)
        expect(heights.at(top + expected - 0.5)).toBe(row)
      }
    }),
    { numRuns: 200 },
  )
})

test('a position outside is the first or the last row', () => {
  const heights = new Heights()
  expect(heights.at(10)).toBe(0)
  for (let row = 0; row < 5; row += 1) heights.push(10)
  expect(heights.at(-1)).toBe(0)
  expect(heights.at(1_000)).toBe(4)
})
