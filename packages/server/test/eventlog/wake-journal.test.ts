import { describe, expect, test } from 'bun:test'
import {
  freeSince,
  heardFrom,
  journalAfter,
  newJournal,
  shownState,
} from '../../src/eventlog/wake-journal.ts'
import { NEW_WAKE, type WakeEvent, wakeTransition } from '../../src/eventlog/wake-machine.ts'

type Said = 'speaks'

/** A wake that goes through events; `speaks` is a message of its agent in the conversation. */
function through(events: readonly (WakeEvent | Said)[], maxAttempts = 3) {
  let status = NEW_WAKE
  let journal = newJournal(1, 2)
  let now = 2
  for (const event of events) {
    now += 1
    if (event === 'speaks') {
      journal = heardFrom(journal)
      continue
    }
    const after = wakeTransition(status, event, { maxAttempts, now })
    if (typeof after === 'string') continue
    journal = journalAfter(journal, event, { before: status, after, now })
    status = after
  }
  return { status, journal, shown: shownState(status, journal), steps: journal.steps.map(({ step }) => step) }
}

const send = { type: 'send' } as const
const started = { type: 'turn_started' } as const
const ended = { type: 'turn_ended' } as const
const ack = { type: 'ack' } as const
const lost = { type: 'socket_lost' } as const
const due = { type: 'due' } as const
const failed = { type: 'nack', reason: 'failed', error: 'exit 1', retryAfterMs: undefined } as const
const hold = { type: 'hold' } as const

const CASES: Record<string, { events: readonly (WakeEvent | Said)[]; shown: string }> = {
  'a new wake': { events: [], shown: 'pending' },
  'on a socket': { events: [send], shown: 'sent' },
  'in a turn': { events: [send, started], shown: 'turn_started' },
  'after its turn': { events: [send, started, ended], shown: 'turn_ended' },
  'ACKed without a turn': { events: [send, ack], shown: 'acked' },
  'said something, no turn reported': { events: [send, 'speaks', ack], shown: 'spoke' },
  'said something in the turn': { events: [send, started, 'speaks', ended, ack], shown: 'spoke' },
  'said something before the turn alone': { events: [send, 'speaks', started, ended, ack], shown: 'silent' },
  'said something after the turn alone': { events: [send, started, ended, 'speaks', ack], shown: 'silent' },
  'said nothing': { events: [send, started, ended, ack], shown: 'silent' },
  'an ACK in the middle of the turn': { events: [send, started, ack], shown: 'silent' },
  'said something while nothing was sent': { events: ['speaks', send, ack], shown: 'acked' },
  'lost in the turn': { events: [send, started, lost], shown: 'pending' },
  'lost, and the turn went on': { events: [send, started, 'speaks', lost, ack], shown: 'spoke' },
  'spoke while it had no socket': { events: [send, started, lost, 'speaks', ack], shown: 'spoke' },
  'lost, and the turn was told again': {
    events: [send, started, 'speaks', lost, send, started, ended, ack],
    shown: 'spoke',
  },
  failed: { events: [send, started, failed], shown: 'failed' },
  'failed after it spoke, silent in the retry': {
    events: [send, started, 'speaks', failed, due, send, started, ended, ack],
    shown: 'silent',
  },
  'failed to the last': { events: [send, failed, due, send, failed, due, send, failed], shown: 'dead' },
  held: { events: [hold], shown: 'held' },
  approved: { events: [hold, { type: 'approve' }], shown: 'pending' },
  dismissed: { events: [hold, { type: 'dismiss' }], shown: 'dismissed' },
  'too old': { events: [{ type: 'expire' }], shown: 'expired' },
  retried: { events: [{ type: 'expire' }, { type: 'retry' }], shown: 'pending' },
}

describe('how the ledger names a wake', () => {
  for (const [name, { events, shown }] of Object.entries(CASES)) {
    test(`${name}: ${shown}`, () => expect<string>(through(events).shown).toBe(shown))
  }
})

test('every step is told, with what is known about it', () => {
  const { journal } = through([send, started, failed, due, send, failed], 2)
  expect(journal.steps).toEqual([
    { step: 'stored', at: 1 },
    { step: 'pending', at: 2 },
    { step: 'sent', at: 3, attempt: 1 },
    { step: 'turn_started', at: 4 },
    { step: 'failed', at: 5, reason: 'failed', error: 'exit 1' },
    { step: 'sent', at: 7, attempt: 2 },
    { step: 'failed', at: 8, reason: 'failed', error: 'exit 1' },
    { step: 'dead', at: 8, error: 'exit 1' },
  ])
})

test('a wake that is retried for ever keeps its beginning and its end', () => {
  const again = [send, { ...failed, reason: 'busy' }, due] as const
  const { journal, steps } = through(Array.from({ length: 100 }, () => again).flat())
  expect(journal.steps).toHaveLength(48)
  expect(steps.slice(0, 3)).toEqual(['stored', 'pending', 'sent'])
  expect(journal.steps.at(-1)?.at).toBe(301)
})

test('texts are bounded', () => {
  const { journal } = through([send, { ...failed, error: 'x'.repeat(100_000) }])
  expect(journal.steps.at(-1)?.error).toHaveLength(16_384)
})

test('waiting for an operator does not make a wake older', () => {
  expect(freeSince(1, through([send]).journal)).toBe(1)
  expect(freeSince(1, through([hold, { type: 'approve' }]).journal)).toBe(4)
})
