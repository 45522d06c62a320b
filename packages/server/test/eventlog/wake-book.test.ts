import { describe, expect, test } from 'bun:test'
import type { NetworkId, RoomId } from '@moltnet/protocol'
import { AgentEvents } from '../../src/eventlog/agent-events.ts'
import { WakeBook } from '../../src/eventlog/wake-book.ts'
import { Chains } from '../../src/eventlog/chains.ts'
import { ConsumerGuard, GuardActions } from '../../src/eventlog/consumer-guard.ts'
import { agentLimits } from '../../src/domain/guards.ts'
import type { WakeFacts } from '../../src/eventlog/lane.ts'

const EVERYTHING = { all: true, scan: 9, savedScan: 0 }

function factsAt(position: number): WakeFacts {
  return {
    position,
    messageId: `m${position}`,
    target: { kind: 'room', room_id: 'general' as RoomId },
    cause: 'room',
    targeted: false,
    createdAt: 0,
    byAgent: undefined,
  }
}

/** The wakes of an agent that dies at its first failure; two messages of one room have been met. */
function bookOfTwo() {
  const now = () => 0
  const most = Number.MAX_SAFE_INTEGER
  const limits = { chainSoft: most, chainHard: most, turnsPerMinute: most, turnsPerHour: most }
  const book = new WakeBook({
    guard: new ConsumerGuard({
      limits: agentLimits(limits, new Map()),
      chains: new Chains(now),
      actions: new GuardActions(),
      turns: [],
      now,
    }),
    agent: { agentId: 'a1', name: undefined },
    events: new AgentEvents('local' as NetworkId),
    window: 64,
    maxAttempts: 1,
    meter: { started: () => {}, ended: () => {} },
    now,
    onUrgent: () => {},
  })
  const meet = (position: number) =>
    book.meet(factsAt(position), { conversation: 'room:general', approval: false })
  return { book, first: meet(1), second: meet(2) }
}

describe('an end that cannot be found out anew', () => {
  test('lets nothing pass before it is saved: a wake that died', () => {
    const { book, first, second } = bookOfTwo()
    book.apply(first, { type: 'send' })
    book.apply(first, { type: 'nack', reason: 'failed', error: undefined, retryAfterMs: undefined })
    expect(first.status.state).toBe('dead')
    expect(book.next()).toBeUndefined()
    book.takeChanges(EVERYTHING)
    expect(book.next()).toBeUndefined()
    book.saved()
    expect(book.next()).toBe(second)
  })

  test('lets nothing pass before it is saved: a wake that an operator dismissed', () => {
    const { book, first, second } = bookOfTwo()
    book.apply(first, { type: 'hold' })
    book.apply(first, { type: 'dismiss' })
    expect(book.next()).toBeUndefined()
    book.takeChanges(EVERYTHING)
    book.saved()
    expect(book.next()).toBe(second)
  })

  test('lets others pass at once when it was an ACK: the node knows that it has finished', () => {
    const { book, first, second } = bookOfTwo()
    book.apply(first, { type: 'send' })
    book.apply(first, { type: 'ack' })
    expect(book.next()).toBe(second)
  })
})
