import { describe, expect, test } from 'bun:test'
import type { DeliveryStepName, RoomId, Target } from '@moltnet/protocol'
import { TurnMeter, turnsOf } from '../../src/eventlog/turn-meter.ts'
import { TurnWindow } from '../../src/eventlog/turn-window.ts'

const MINUTE = 60_000
const NONE = { all: 0, own: 0 }

describe('a window', () => {
  test('counts turns until they are older than it, and who caused them', () => {
    const window = new TurnWindow(MINUTE)
    window.add(1_000, 'a')
    window.add(1_500, 'b')
    window.add(30_000, 'a')
    expect([window.total, window.senders, window.of('a')]).toEqual([3, 2, 2])
    expect(window.freeAt).toBe(62_000)
    window.expire(61_999)
    expect(window.total).toBe(3)
    window.expire(62_000)
    expect([window.total, window.senders, window.of('a'), window.of('b')]).toEqual([1, 1, 1, 0])
    window.expire(200_000)
    expect([window.total, window.senders, window.freeAt]).toEqual([0, 0, undefined])
  })

  test('survives a clock that is set back', () => {
    const window = new TurnWindow(MINUTE)
    window.add(100_000, 'a')
    window.add(50_000, 'a')
    expect(window.total).toBe(2)
    window.expire(161_000)
    expect(window.total).toBe(0)
  })

  test('counts turns from before a clock was set back for one window, and no longer', () => {
    const window = new TurnWindow(MINUTE)
    window.add(10_000, 'a')
    window.add(7_200_000, 'a')
    window.add(7_230_000, 'b')
    window.expire(40_000)
    expect([window.total, window.of('a'), window.of('b')]).toEqual([3, 2, 1])
    window.expire(101_000)
    expect([window.total, window.senders]).toEqual([0, 0])
  })

  test('keeps no more for many turns than for few', () => {
    const window = new TurnWindow(MINUTE)
    for (let n = 0; n < 1_000_000; n++) window.add(n, 'a')
    window.expire(1_000_000)
    expect(window.total).toBe(60_000)
  })
})

describe('the meter', () => {
  test('names the limit that is met, and when there is room again', () => {
    const meter = new TurnMeter({ turnsPerMinute: 2, turnsPerHour: 3 })
    expect(meter.lack(0, 'a', NONE)).toBeUndefined()
    meter.begun({ at: 500, sender: 'a' })
    meter.begun({ at: 1_500, sender: 'a' })
    expect(meter.lack(2_000, 'a', NONE)).toEqual({ guard: 'turns_per_minute', limit: 2, until: 61_000 })
    expect(meter.lack(61_000, 'a', NONE)).toBeUndefined()
    meter.begun({ at: 61_000, sender: 'a' })
    expect(meter.lack(200_000, 'a', NONE)).toEqual({
      guard: 'turns_per_hour',
      limit: 3,
      until: 60 * MINUTE + MINUTE,
    })
  })

  test('turns that are still to come count, but for no time that could be named', () => {
    const meter = new TurnMeter({ turnsPerMinute: 2, turnsPerHour: 240 })
    expect(meter.lack(0, 'a', { all: 1, own: 1 })).toBeUndefined()
    expect(meter.lack(0, 'a', { all: 2, own: 2 })).toEqual({
      guard: 'turns_per_minute',
      limit: 2,
      until: undefined,
    })
  })
})

describe('turns that the ledger tells of', () => {
  const room: Target = { kind: 'room', room_id: 'general' as RoomId }
  const side: Target = { kind: 'room', room_id: 'side' as RoomId }
  const line = (target: Target, byAgent: string | undefined, ...steps: [DeliveryStepName, number][]) => ({
    target,
    byAgent,
    journal: {
      steps: steps.map(([step, at]) => ({ step, at })),
      turn: 'none' as const,
      begun: false,
      resent: false,
      spoke: false,
    },
  })

  test('messages of one turn make one, those of different conversations or times several', () => {
    const turns = turnsOf([
      line(room, 'a', ['sent', 5], ['turn_started', 10], ['turn_ended', 20], ['spoke', 20]),
      line(room, 'b', ['turn_started', 11], ['turn_ended', 20], ['spoke', 21]),
      line(room, 'b', ['turn_started', 30], ['turn_ended', 40]),
      line(side, 'c', ['turn_started', 12]),
      line(side, undefined, ['sent', 50]),
    ])
    expect(turns).toEqual([
      { at: 10, sender: 'a' },
      { at: 12, sender: 'c' },
      { at: 30, sender: 'b' },
    ])
  })

  test('a turn that ran on over a lost connection is one, a failed one that was tried again is two', () => {
    const lost = line(room, 'a', ['turn_started', 1], ['lost', 2], ['turn_started', 3], ['turn_ended', 9])
    const failed = line(side, 'a', ['turn_started', 1], ['failed', 2], ['turn_started', 3], ['turn_ended', 9])
    expect(turnsOf([lost])).toHaveLength(1)
    expect(turnsOf([failed])).toHaveLength(2)
  })

  test('a message that was taken without a word counts, and a human is named by nothing', () => {
    expect(turnsOf([line(room, undefined, ['sent', 1], ['acked', 2])])).toEqual([{ at: 2, sender: '' }])
  })
})
