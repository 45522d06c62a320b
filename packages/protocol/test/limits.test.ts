import { describe, expect, test } from 'bun:test'
import { LIMITS, parseLimit } from '../src/index.ts'

describe('the limit of a page', () => {
  test.each([
    [null, 100],
    [undefined, 100],
    ['', 100],
    ['junk', 100],
    ['-1', 100],
    ['1.5', 100],
    ['0', 100],
    ['1', 1],
    ['500', 500],
    ['501', 500],
    ['99999999999999999999', 500],
    ['9'.repeat(1_000), 500],
    [' 5', 100],
    ['5e1', 100],
  ])('%p is %d', (value, limit) => {
    expect(parseLimit(value)).toBe(limit)
  })
})

test('limits are those of the contract', () => {
  expect(LIMITS).toMatchObject({
    idCharacters: 128,
    bodyBytes: 1_048_576,
    frameBytes: 1_048_576,
    membersPerRequest: 256,
    pageDefault: 100,
    pageMax: 500,
    pageBytes: 4 * 1_048_576,
    jsonDepth: 64,
  })
})
