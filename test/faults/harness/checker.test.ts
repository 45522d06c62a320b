import { describe, expect, test } from 'bun:test'
import { check } from './checker.ts'
import { BARS, type Counts } from './counts.ts'
import type { Entry } from './history.ts'

const attempt = (number: number, more: Partial<Extract<Entry, { op: 'attempt' }>> = {}): Entry => ({
  op: 'attempt',
  writer: 'w',
  conversation: 'hall',
  number,
  id: `m${number}`,
  text: `t${number}`,
  ...more,
})
const said = (number: number, text = `t${number}`) => ({ id: `m${number}`, text })
const ok = (number: number): Entry => ({ op: 'ok', ...said(number) })
const refused = (number: number): Entry => ({ op: 'refused', ...said(number) })
const walk = (...numbers: number[]): Entry => ({
  op: 'walk',
  conversation: 'hall',
  begun: 0,
  messages: numbers.map((number) => said(number)),
})
const reader = (promised: 'must' | 'live', selective = false): Entry => ({
  op: 'reader',
  reader: 'r',
  promised,
  conversations: ['hall'],
  selective,
})
const seen = (...numbers: number[]): Entry[] =>
  numbers.map((number) => ({ op: 'seen', reader: 'r', conversation: 'hall', ...said(number) }))
const gap: Entry = { op: 'gap', reader: 'r' }
const concerns = (number: number): Entry => ({ op: 'concerns', reader: 'r', id: `m${number}` })

/** Two messages, both acknowledged. */
const TWO: Entry[] = [attempt(1), ok(1), attempt(2), ok(2)]

/** A history, and every count of it that is not 0. */
type Case = [name: string, history: Entry[], counts: Partial<Counts>]

const DONE = { attempted: 2, acknowledged: 2 }

const CASES: Case[] = [
  ['nothing happened', [], {}],
  ['all is well', [reader('must'), ...TWO, ...seen(1, 2), walk(1, 2)], DONE],
  ['an acknowledged message is not stored', [...TWO, walk(1)], { ...DONE, lost: 1 }],
  ['nobody ever walked', TWO, { ...DONE, lost: 2 }],
  [
    'an acknowledged message is stored with another text',
    [...TWO, { op: 'walk', conversation: 'hall', begun: 0, messages: [said(1), said(2, 'other')] }],
    { ...DONE, lost: 1, unexpected: 1 },
  ],
  [
    'an acknowledged message is stored in another conversation',
    [...TWO, walk(1), { op: 'walk', conversation: 'den', begun: 0, messages: [said(2)] }],
    { ...DONE, lost: 1, unexpected: 1 },
  ],
  ['an unanswered message is not stored', [attempt(1), walk()], { attempted: 1 }],
  ['an unanswered message is stored', [attempt(1), walk(1)], { attempted: 1, recovered: 1 }],
  ['a refused message is not stored', [attempt(1), refused(1), walk()], { attempted: 1 }],
  ['a refused message is stored', [attempt(1), refused(1), walk(1)], { attempted: 1, failedButStored: 1 }],
  [
    'the same id with another text is refused, as it should be',
    [attempt(1), ok(1), attempt(1, { text: 'other' }), { op: 'refused', id: 'm1', text: 'other' }, walk(1)],
    { attempted: 2, acknowledged: 1 },
  ],
  ['nobody wrote a message of the history', [...TWO, walk(1, 2, 3)], { ...DONE, unexpected: 1 }],
  [
    'nobody wrote a message that a reader saw',
    [reader('live'), ...TWO, ...seen(1, 2, 7), walk(1, 2)],
    { ...DONE, unexpected: 1 },
  ],
  ['a walk has a message twice', [...TWO, walk(1, 2, 2)], { ...DONE, historyDuplicates: 1 }],
  [
    'an earlier walk has a message twice',
    [...TWO, walk(1, 1), walk(1, 2)],
    { ...DONE, historyDuplicates: 1 },
  ],
  ['two walks have another order', [...TWO, walk(2, 1), walk(1, 2)], { ...DONE, orderViolations: 1 }],
  [
    'a walk leaves out what was acknowledged before it began',
    [...TWO, { ...walk(1), begun: 4 } as Entry, { ...walk(1, 2), begun: 4 } as Entry],
    { ...DONE, silentHoles: 1 },
  ],
  [
    'a walk leaves out what was acknowledged while it went on',
    [...TWO, { ...walk(1), begun: 3 } as Entry, { ...walk(1, 2), begun: 4 } as Entry],
    DONE,
  ],
  [
    'a walk that began before the last one ends after it',
    [...TWO, { ...walk(1, 2), begun: 4 } as Entry, { ...walk(1), begun: 2 } as Entry],
    DONE,
  ],
  [
    'a durable consumer never gets a message',
    [reader('must'), ...TWO, ...seen(1), walk(1, 2)],
    { ...DONE, lost: 1 },
  ],
  [
    'a durable consumer never gets an unanswered message that is stored',
    [reader('must'), attempt(1), walk(1)],
    { attempted: 1, recovered: 1, lost: 1 },
  ],
  [
    'a gap is no excuse for a durable consumer',
    [reader('must'), ...TWO, ...seen(1), gap, walk(1, 2)],
    { ...DONE, lost: 1 },
  ],
  [
    'what was begun before a reader was ready need not reach it',
    [attempt(1), ok(1), reader('must'), attempt(2), ok(2), ...seen(2), walk(1, 2)],
    DONE,
  ],
  [
    'what does not concern a selective reader need not reach it',
    [reader('must', true), attempt(1), ok(1), attempt(2), concerns(2), ok(2), ...seen(2), walk(1, 2)],
    DONE,
  ],
  [
    'what concerns a selective reader has to reach it',
    [reader('must', true), attempt(1), concerns(1), ok(1), attempt(2), ok(2), ...seen(2), walk(1, 2)],
    { ...DONE, lost: 1 },
  ],
  ['a live reader has a hole', [reader('live'), ...TWO, ...seen(2), walk(1, 2)], { ...DONE, silentHoles: 1 }],
  ['a live reader is told of its hole', [reader('live'), ...TWO, gap, ...seen(2), walk(1, 2)], DONE],
  [
    'a live reader is told of a hole that it does not have, and not of its own',
    [reader('live'), ...TWO, ...seen(2), gap, walk(1, 2)],
    { ...DONE, silentHoles: 1 },
  ],
  [
    'a gap is no excuse for what comes after the next message',
    [reader('live'), ...TWO, attempt(3), ok(3), gap, ...seen(1, 3), walk(1, 2, 3)],
    { attempted: 3, acknowledged: 3, silentHoles: 1 },
  ],
  [
    'a gap is no excuse for never seeing anything again',
    [reader('live'), ...TWO, ...seen(1), gap, walk(1, 2)],
    { ...DONE, silentHoles: 1 },
  ],
  ['a live reader sees nothing at all', [reader('live'), ...TWO, walk(1, 2)], { ...DONE, silentHoles: 2 }],
  [
    'a reader gets a message again',
    [reader('must'), ...TWO, ...seen(1, 1, 2, 1), walk(1, 2)],
    { ...DONE, duplicated: 2 },
  ],
  [
    'a reader sees two messages in another order',
    [reader('must'), ...TWO, ...seen(2, 1), walk(1, 2)],
    { ...DONE, orderViolations: 1 },
  ],
  [
    'a message is stored before one of its writer that was known to be stored',
    [...TWO, walk(2, 1)],
    { ...DONE, orderViolations: 1 },
  ],
  [
    'two messages of a writer that were sent at once have no order',
    [attempt(1), attempt(2), ok(1), ok(2), walk(2, 1)],
    DONE,
  ],
]

describe('the checker', () => {
  for (const [name, history, expected] of CASES) {
    test(name, () => {
      const { counts, problems } = check(history)
      const found = Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))
      expect(found).toEqual(expected as Record<string, number>)
      const against = BARS.reduce((sum, bar) => sum + counts[bar], 0)
      expect(problems).toHaveLength(against)
    })
  }

  test('has a case against every bar', () => {
    for (const bar of BARS) expect(CASES.some(([, , counts]) => (counts[bar] ?? 0) > 0)).toBe(true)
  })

  test('refuses a history that contradicts itself', () => {
    expect(() => check([ok(1)])).toThrow('m1')
    expect(() => check(seen(1))).toThrow('no reader r')
  })

  test('tells a bounded number of problems and counts all of them', () => {
    const many = Array.from({ length: 50 }, (_, index) => [attempt(index), ok(index)]).flat()
    const { counts, problems } = check([...many, walk()])
    expect(counts.lost).toBe(50)
    expect(problems).toHaveLength(20)
  })
})
