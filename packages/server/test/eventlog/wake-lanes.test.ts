import { describe, expect, test } from 'bun:test'
import type { DmId, MemberId, RoomId, Target, ThreadId } from '@moltnet/protocol'
import { newWake, type Wake } from '../../src/eventlog/lane.ts'
import { WakeLanes } from '../../src/eventlog/wake-lanes.ts'
import { newJournal } from '../../src/eventlog/wake-journal.ts'
import { NEW_WAKE, type WakeEvent, wakeTransition } from '../../src/eventlog/wake-machine.ts'

const ROOM = (id: string): Target => ({ kind: 'room', room_id: id as RoomId })

/** A consumer's wakes without sockets and store. */
class Bench {
  readonly lanes: WakeLanes
  readonly wakes = new Map<number, Wake>()
  #position = 0

  constructor(window = 64) {
    this.lanes = new WakeLanes(window)
  }

  meet(target: Target): Wake {
    const position = ++this.#position
    const facts = {
      position,
      messageId: `m${position}`,
      target,
      cause: 'mention',
      targeted: true,
      byAgent: undefined,
      createdAt: 0,
    } as const
    const wake = newWake({ facts, status: NEW_WAKE, journal: newJournal(0, 0) })
    this.wakes.set(position, wake)
    this.lanes.add(wake)
    return wake
  }

  /** Applies an event; a wake that ended is taken out. */
  apply(wake: Wake, event: WakeEvent): void {
    const outcome = wakeTransition(wake.status, event, { maxAttempts: 99, now: 0 })
    if (typeof outcome === 'string') throw new Error(`${wake.status.state} × ${event.type}: ${outcome}`)
    wake.status = outcome
    if (outcome.state === 'done') this.lanes.remove(wake)
    else this.lanes.changed(wake)
  }

  /** Sends all that may be sent and says which positions. */
  send(): number[] {
    const sent: number[] = []
    for (let wake = this.lanes.next(); wake !== undefined; wake = this.lanes.next()) {
      this.apply(wake, { type: 'send' })
      sent.push(wake.facts.position)
    }
    return sent
  }
}

const ACK = { type: 'ack' } as const
const BUSY = { type: 'nack', reason: 'busy', error: undefined, retryAfterMs: undefined } as const
const DUE = { type: 'due' } as const

describe('the window', () => {
  test('holds at most 16 un-ACKed wakes of one conversation', () => {
    const bench = new Bench()
    const wakes = Array.from({ length: 40 }, () => bench.meet(ROOM('a')))
    expect(bench.send()).toHaveLength(16)
    bench.apply(wakes[4] as Wake, ACK)
    expect(bench.send()).toEqual([17])
  })

  test('holds at most the asked number in all, with conversations served in turn', () => {
    const bench = new Bench(6)
    for (const room of ['a', 'a', 'a', 'a', 'b', 'b', 'c']) bench.meet(ROOM(room))
    // a1 b1 c1, a2 b2, a3
    expect(bench.send()).toEqual([1, 5, 7, 2, 6, 3])
  })

  test('a conversation that waits does not cost others their turn', () => {
    const bench = new Bench()
    const first = bench.meet(ROOM('a'))
    bench.send()
    bench.apply(first, BUSY)
    bench.meet(ROOM('a'))
    bench.meet(ROOM('b'))
    expect(bench.send()).toEqual([3])
  })

  test('backoff and held wakes do not count', () => {
    const bench = new Bench(1)
    const first = bench.meet(ROOM('a'))
    bench.send()
    bench.apply(first, BUSY)
    const second = bench.meet(ROOM('b'))
    bench.apply(second, { type: 'hold' })
    bench.meet(ROOM('c'))
    expect(bench.send()).toEqual([3])
  })
})

describe('a conversation that a guard makes wait', () => {
  const rank = () => 0

  test('is served when its time has come', () => {
    const bench = new Bench()
    bench.lanes.wait(bench.meet(ROOM('a')), 1_000)
    expect(bench.lanes.endWaits(999, rank)).toBe(false)
    expect(bench.send()).toEqual([])
    expect(bench.lanes.endWaits(1_000, rank)).toBe(true)
    expect(bench.send()).toEqual([1])
  })

  test('is looked at again when the clock was set back, because its time may be far away now', () => {
    const bench = new Bench()
    bench.lanes.endWaits(7_200_000, rank)
    bench.lanes.wait(bench.meet(ROOM('a')), 7_201_000)
    expect(bench.lanes.endWaits(3_000, rank)).toBe(true)
    expect(bench.send()).toEqual([1])
  })
})

describe('order within a conversation', () => {
  test('later wakes wait while an earlier one is in backoff and while it is being retried', () => {
    const bench = new Bench()
    const first = bench.meet(ROOM('a'))
    bench.send()
    bench.apply(first, BUSY)
    bench.meet(ROOM('a'))
    expect(bench.send()).toEqual([])
    bench.apply(first, DUE)
    expect(bench.send()).toEqual([1])
    bench.apply(first, ACK)
    expect(bench.send()).toEqual([2])
  })

  test('wakes that are just un-ACKed hold back nothing', () => {
    const bench = new Bench()
    bench.meet(ROOM('a'))
    expect(bench.send()).toEqual([1])
    bench.meet(ROOM('a'))
    expect(bench.send()).toEqual([2])
  })

  test('a wake whose earlier one was sent may itself be retried', () => {
    const bench = new Bench()
    bench.meet(ROOM('a'))
    const second = bench.meet(ROOM('a'))
    bench.send()
    bench.apply(second, BUSY)
    bench.apply(second, DUE)
    expect(bench.send()).toEqual([2])
  })

  test('after a lost socket everything goes out again, in order', () => {
    const bench = new Bench()
    const wakes = [1, 2, 3].map(() => bench.meet(ROOM('a')))
    bench.send()
    bench.apply(wakes[1] as Wake, ACK)
    for (const wake of [wakes[2], wakes[0]] as Wake[]) bench.apply(wake, { type: 'socket_lost' })
    expect(bench.send()).toEqual([1, 3])
  })

  test('a held wake holds back its own conversation, and approval releases in order', () => {
    const bench = new Bench()
    const first = bench.meet(ROOM('a'))
    bench.apply(first, { type: 'hold' })
    bench.meet(ROOM('a'))
    bench.meet(ROOM('b'))
    expect(bench.send()).toEqual([3])
    bench.apply(first, { type: 'approve' })
    expect(bench.send()).toEqual([1, 2])
  })

  test('a room, its threads and direct messages are conversations of their own', () => {
    const bench = new Bench()
    const thread: Target = { kind: 'thread', room_id: 'a' as RoomId, thread_id: 'a' as ThreadId }
    const dm: Target = { kind: 'dm', dm_id: 'a' as DmId, participant_ids: ['x', 'y'] as MemberId[] }
    const first = bench.meet(ROOM('a'))
    bench.send()
    bench.apply(first, BUSY)
    bench.meet(thread)
    bench.meet(dm)
    expect(bench.send()).toEqual([2, 3])
  })
})
