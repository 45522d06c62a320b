import { describe, expect, test } from 'bun:test'
import type { DmId, MemberId, RoomId, Target, ThreadId } from '@moltnet/protocol'
import { agentLimits, chainAction, dampMs, guardDetail, hasTurnLeft } from '../../src/domain/guards.ts'

const GENERAL = { chainSoft: 10, chainHard: 30, turnsPerMinute: 12, turnsPerHour: 240 }
const room = (id: string): Target => ({ kind: 'room', room_id: id as RoomId })
const thread = (id: string): Target => ({ kind: 'thread', room_id: id as RoomId, thread_id: 't' as ThreadId })
const dm: Target = { kind: 'dm', dm_id: 'd' as DmId, participant_ids: ['a', 'b'] as MemberId[] }

describe('the limits of an agent', () => {
  const rooms = new Map([
    ['tight', { chainSoft: 1, chainHard: 2 }],
    ['wide', { chainHard: 100 }],
    ['plain', {}],
  ])
  test.each([
    ['a room without guards', room('other'), {}, { soft: 10, hard: 30 }],
    ['a room that says nothing', room('plain'), {}, { soft: 10, hard: 30 }],
    ['a stricter room', room('tight'), {}, { soft: 1, hard: 2 }],
    ['a looser room', room('wide'), {}, { soft: 10, hard: 100 }],
    ['a thread', thread('tight'), {}, { soft: 1, hard: 2 }],
    ['a direct conversation', dm, {}, { soft: 10, hard: 30 }],
    ['a stricter agent', room('other'), { chain_soft: 3, chain_hard: 5 }, { soft: 3, hard: 5 }],
    ['a looser agent', room('other'), { chain_soft: 99, chain_hard: 99 }, { soft: 10, hard: 30 }],
    ['a stricter agent in a looser room', room('wide'), { chain_hard: 7 }, { soft: 10, hard: 7 }],
    ['a looser agent in a stricter room', room('tight'), { chain_hard: 7 }, { soft: 1, hard: 2 }],
  ] as const)('of a chain: %s', (_name, ...[target, own, expected]) => {
    expect(agentLimits(GENERAL, rooms, own).chain(target)).toEqual(expected)
  })

  test.each([
    [{}, [12, 240]],
    [{ turns_per_minute: 1 }, [1, 240]],
    [{ turns_per_hour: 9 }, [12, 9]],
    [{ turns_per_minute: 99, turns_per_hour: 999 }, [12, 240]],
  ] as const)('on turns, with %j of its own', (own, expected) => {
    const { turnsPerMinute, turnsPerHour } = agentLimits(GENERAL, rooms, own)
    expect([turnsPerMinute, turnsPerHour]).toEqual([...expected])
  })
})

describe('a chain', () => {
  test.each([
    [1, 'pass'],
    [10, 'pass'],
    [11, 'damp'],
    [30, 'damp'],
    [31, 'hold'],
    [1_000, 'hold'],
  ] as const)('number %d in a row: %s', (inRow, expected) => {
    expect(chainAction(inRow, { soft: 10, hard: 30 })).toBe(expected)
  })

  test('is never damped when the hard limit is the lower one', () => {
    const limits = { soft: 10, hard: 3 }
    expect([3, 4].map((inRow) => chainAction(inRow, limits))).toEqual(['pass', 'hold'])
  })

  test('waits twice as long each time, up to a minute', () => {
    const waits = [11, 12, 13, 14, 15, 16, 17, 30, 5_000].map((inRow) => dampMs(inRow, { soft: 10 }))
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000])
  })
})

describe('one more turn', () => {
  test.each([
    ['nothing used', 12, { total: 0, own: 0, senders: 0 }, true],
    ['the only sender, most used', 12, { total: 10, own: 10, senders: 1 }, true],
    ['the only sender, before what is kept', 12, { total: 11, own: 11, senders: 1 }, false],
    ['a newcomer may have what is kept', 12, { total: 11, own: 0, senders: 1 }, true],
    ['nobody goes over the limit', 12, { total: 12, own: 0, senders: 1 }, false],
    ['nor beyond it', 12, { total: 20, own: 0, senders: 3 }, false],
    ['the only sender while its turns are still to come', 16, { total: 14, own: 14, senders: 0 }, false],
    ['two who share', 240, { total: 215, own: 79, senders: 2 }, true],
    ['two of whom one has had its share', 240, { total: 215, own: 80, senders: 2 }, false],
    ['of a small limit nothing is kept', 7, { total: 6, own: 6, senders: 1 }, true],
    ['a limit of one', 1, { total: 0, own: 0, senders: 0 }, true],
    ['a limit of one that is used', 1, { total: 1, own: 0, senders: 1 }, false],
  ] as const)('%s', (_name, ...[limit, use, expected]) => {
    expect(hasTurnLeft(limit, use)).toBe(expected)
  })
})

test.each([
  [
    'chain_soft',
    10,
    { inRow: 12, waitMs: 3_200 },
    'number 12 in a row from agent to agent without a human, the limit is 10; waits 4 s',
  ],
  [
    'chain_hard',
    30,
    { inRow: 31 },
    'number 31 in a row from agent to agent without a human, the limit is 30',
  ],
  ['turns_per_minute', 12, {}, 'the agent has had its turns of a minute, the limit is 12'],
  [
    'turns_per_hour',
    240,
    { waitMs: 1_500_000 },
    'the agent has had its turns of an hour, the limit is 240; waits 25 min',
  ],
] as const)('%s is told in words', (guard, ...[limit, facts, expected]) => {
  expect(guardDetail(guard, limit, facts)).toBe(expected)
})
