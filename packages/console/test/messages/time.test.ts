import { expect, test } from 'bun:test'
import { clockTime, dayName, fullTime, sameDay, timeAgo } from '../../src/messages/time.ts'

const NOW = new Date(2026, 3, 10, 12).getTime()

/** A moment in the zone of whoever runs the tests. */
function at(day: number, hour: number, year = 2026): string {
  return new Date(year, 3, day, hour).toISOString()
}

test('days are named as people name them', () => {
  expect(dayName(at(10, 0), NOW)).toBe('Today')
  expect(dayName(at(9, 23), NOW)).toBe('Yesterday')
  expect(dayName(at(8, 23), NOW)).toBe('Wednesday 8 April')
  // Whether there is a comma depends on the browser's language data.
  expect(dayName(at(8, 23, 2025), NOW)).toMatch(/^Tuesday,? 8 April 2025$/)
})

test('what is no time is shown as it is', () => {
  for (const say of [clockTime, fullTime]) expect(say('soon')).toBe('soon')
  expect(dayName('soon', NOW)).toBe('soon')
  expect(timeAgo('soon', NOW)).toBe('soon')
})

test('a day ends at midnight of the viewer', () => {
  expect(sameDay(at(9, 0), at(9, 23))).toBe(true)
  expect(sameDay(at(9, 23), at(10, 0))).toBe(false)
})

test('how long ago something was is said roughly', () => {
  const ago = (minutes: number): string => timeAgo(new Date(NOW - minutes * 60_000).toISOString(), NOW)
  expect([0.5, 5, 125, 60 * 24, 60 * 50].map(ago)).toEqual([
    'just now',
    '5 min ago',
    '2 h ago',
    '1 day ago',
    '2 days ago',
  ])
})
