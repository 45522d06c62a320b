import { expect, test } from 'bun:test'
import { ReadMarks } from '../src/data/read-marks.ts'
import { message } from './support/history.ts'

/** What a browser keeps. */
function storage(): {
  items: Map<string, string>
  getItem(key: string): string | null
  setItem(key: string, value: string): void
} {
  const items = new Map<string, string>()
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
  }
}

const at = (second: number) => `2999-01-01T00:00:0${second}.000000000Z`
const said = (second: number, from: 'alpha' | 'me' = 'alpha') =>
  message(`msg_${second}`, { created_at: at(second), from: { type: 'agent', id: from } })
const others = () => false

test('what was there before the first visit counts as read', () => {
  const marks = new ReadMarks('net', storage())
  const old = message('old', { created_at: '2020-01-01T00:00:00Z' })
  expect(marks.unreadOf('room:a', { messages: [old], hasOlder: true }, others).count).toBe(0)
})

test('counts what came after the mark and names the first of it', () => {
  const marks = new ReadMarks('net', storage())
  const messages = [said(1), said(2), said(3)]
  marks.markRead('room:a', said(1))
  expect(marks.unreadOf('room:a', { messages, hasOlder: true }, others)).toEqual({
    count: 2,
    more: false,
    from: 'msg_2',
  })
  expect(marks.unreadOf('room:b', { messages, hasOlder: true }, others)).toEqual({
    count: 3,
    more: true,
    from: 'msg_1',
  })
})

test('own messages count as read', () => {
  const marks = new ReadMarks('net', storage())
  const messages = [said(1), said(2, 'me')]
  const isOwn = ({ from }: { from: { id: string } }) => from.id === 'me'
  expect(marks.unreadOf('room:a', { messages, hasOlder: false }, isOwn).count).toBe(1)
})

test('a mark lasts, tells who follows it, and never moves back', () => {
  const kept = storage()
  const marks = new ReadMarks('net', kept)
  let told = 0
  marks.subscribe('room:a', () => (told += 1))
  marks.markRead('room:a', said(2))
  marks.markRead('room:a', said(1))
  expect(told).toBe(1)
  marks.save()
  const again = new ReadMarks('net', kept)
  expect(again.unreadOf('room:a', { messages: [said(2)], hasOlder: false }, others).count).toBe(0)
  expect(
    new ReadMarks('far', kept).unreadOf('room:a', { messages: [said(2)], hasOlder: false }, others).count,
  ).toBe(1)
})

test.each([
  '',
  'nonsense',
  '{"since":1}',
  '{"since":"x","marks":[["a"],3]}',
])('kept junk is no harm: %p', (junk) => {
  const kept = storage()
  kept.items.set('moltnet.read.net', junk)
  const marks = new ReadMarks('net', kept)
  marks.markRead('room:a', said(1))
  expect(marks.unreadOf('room:a', { messages: [said(1), said(2)], hasOlder: false }, others).count).toBe(1)
})

test('two pages of one browser keep what the other has read', () => {
  const kept = storage()
  const [one, other] = [new ReadMarks('net', kept), new ReadMarks('net', kept)]
  one.markRead('room:a', said(1))
  other.markRead('room:b', said(2))
  one.save()
  other.save()
  let told = 0
  one.subscribe('room:b', () => (told += 1))
  one.merge()
  expect(told).toBe(1)
  for (const marks of [one, other, new ReadMarks('net', kept)]) {
    expect(marks.unreadOf('room:a', { messages: [said(1)], hasOlder: false }, others).count).toBe(0)
    expect(marks.unreadOf('room:b', { messages: [said(2)], hasOlder: false }, others).count).toBe(0)
  }
})
