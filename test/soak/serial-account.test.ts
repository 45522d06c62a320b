import { expect, test } from 'bun:test'
import { NOTHING_SENT, SerialAccount, type SerialCounts } from './serial-account.ts'

interface Case {
  readonly name: string
  readonly sent: number
  readonly seen: readonly string[]
  readonly history: readonly string[]
  readonly expected: Partial<SerialCounts>
}

const ALL = ['r-1', 'r-2', 'r-3']

const CASES: readonly Case[] = [
  { name: 'all is well', sent: 3, seen: ALL, history: ALL, expected: {} },
  {
    name: 'a message came again',
    sent: 3,
    seen: ['r-1', 'r-2', 'r-1', 'r-2', 'r-3'],
    history: ALL,
    expected: { again: 2 },
  },
  { name: 'a reader has a hole', sent: 3, seen: ['r-1', 'r-3'], history: ALL, expected: { holes: 1 } },
  { name: 'a reader lacks the end', sent: 3, seen: ['r-1'], history: ALL, expected: { holes: 2 } },
  { name: 'a reader saw nothing', sent: 3, seen: [], history: ALL, expected: { holes: 3 } },
  {
    name: 'a later message comes first',
    sent: 3,
    seen: ['r-2', 'r-1', 'r-3'],
    history: ALL,
    expected: { holes: 1, again: 1 },
  },
  {
    name: 'nobody wrote it',
    sent: 3,
    seen: [...ALL, 'r-9', 'q-1', 'r-x'],
    history: ALL,
    expected: { unexpected: 3 },
  },
  { name: 'a message is not stored', sent: 3, seen: ALL, history: ['r-1', 'r-3'], expected: { lost: 1 } },
  {
    name: 'a message is stored twice',
    sent: 3,
    seen: ALL,
    history: ['r-1', 'r-2', 'r-2', 'r-3'],
    expected: { historyDuplicates: 1 },
  },
  {
    name: 'the history is out of order',
    sent: 3,
    seen: ALL,
    history: ['r-1', 'r-3', 'r-2'],
    expected: { orderViolations: 1 },
  },
  {
    name: 'the history has what nobody wrote',
    sent: 3,
    seen: ALL,
    history: [...ALL, 'r-4', 'x'],
    expected: { unexpected: 2 },
  },
]

for (const { name, sent, seen, history, expected } of CASES) {
  test(name, () => {
    const account = new SerialAccount('r')
    account.join('reader')
    for (let n = 0; n < sent; n++) account.sent()
    for (const id of seen) account.saw('reader', id)
    account.judge(history)
    expect(account.counts).toEqual({ ...NOTHING_SENT, sent, ...expected })
  })
}

test('knows who is behind, and that a message may be seen before its writer has the answer', () => {
  const account = new SerialAccount('r')
  account.join('quick')
  account.join('slow')
  account.saw('quick', account.nextId)
  account.sent()
  expect(account.behind()).toEqual(['slow'])
  expect(account.counts.unexpected).toBe(0)
})

test('somebody who never joined is told apart', () => {
  const account = new SerialAccount('r')
  account.saw('stranger', 'r-1')
  expect(account.counts.unexpected).toBe(1)
})
