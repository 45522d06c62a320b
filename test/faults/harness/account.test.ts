import { expect, test } from 'bun:test'
import { readFileSync, rmSync } from 'node:fs'
import { accountOf, untilComplete } from './account.ts'
import { digest, type Entry } from './history.ts'
import { randomOf } from './random.ts'

const said = { id: 'm1', text: digest('hello') }
const written: Entry[] = [
  { op: 'reader', reader: 'r', promised: 'must', conversations: ['room:hall'] },
  { op: 'attempt', writer: 'w', conversation: 'room:hall', number: 1, ...said },
  { op: 'ok', ...said },
  { op: 'walk', conversation: 'room:hall', begun: 3, messages: [said] },
]
const seen: Entry = { op: 'seen', reader: 'r', conversation: 'room:hall', ...said }

test('an account in order is returned', () => {
  const counts = accountOf([...written, seen], { seed: 1, log: '' })
  expect(counts).toMatchObject({ attempted: 1, acknowledged: 1, lost: 0 })
})

test('a broken bar leaves the whole history, and the seed with what is wrong', () => {
  const failure = (() => {
    try {
      accountOf(written, { seed: 4711, log: 'what the server said' })
    } catch (error) {
      return String(error)
    }
    return 'nothing'
  })()
  expect(failure).toContain('seed 4711')
  expect(failure).toContain('m1 of room:hall never reached r')
  expect(failure).toContain('what the server said')
  const path = /history (\S+)/.exec(failure)?.[1] ?? ''
  const kept = readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry)
  rmSync(path)
  expect(kept).toEqual(written)
})

test('what comes late is waited for, within a limit', async () => {
  const entries = [...written]
  const waiting = untilComplete(() => entries, 10_000)
  setImmediate(() => entries.push(seen))
  expect((await waiting).counts.lost).toBe(0)
  expect((await untilComplete(() => written, 1)).counts.lost).toBe(1)
})

test('the same seed makes the same choices, in each part of a run', () => {
  const choices = (seed: number) => {
    const random = randomOf(seed)
    const part = random.fork('writer')
    return [random.below(1_000), part.below(1_000), part.pick(['a', 'b', 'c', 'd', 'e']), random.next()]
  }
  expect(choices(7)).toEqual(choices(7))
  expect(choices(7)).not.toEqual(choices(8))
  expect(randomOf(7).fork('a').next()).not.toBe(randomOf(7).fork('b').next())
})

test('chance is spread evenly', () => {
  const random = randomOf(3)
  const counts = new Map<number, number>()
  for (let n = 0; n < 10_000; n++) {
    const drawn = random.below(10)
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1)
  }
  expect(counts.size).toBe(10)
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200)
})
