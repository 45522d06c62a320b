import { beforeEach, expect, test } from 'bun:test'
import { EDGE_HEIGHT, ListWindow } from '../../src/messages/timeline/list-window.ts'
import type { TimelineRows } from '../../src/messages/timeline/rows.ts'
import { sampleMessage } from '../harness/sample-messages.ts'

const VIEW = 600

let list: ListWindow

/** Rows for the messages with these numbers. */
function rows(from: number, to: number): TimelineRows {
  const messages = Array.from({ length: to - from }, (_, at) => sampleMessage(from + at))
  return { count: messages.length, messages, outgoing: [] }
}

/** Rows with the same message objects as before, and others around them. */
function around(known: TimelineRows, before: TimelineRows, after: TimelineRows): TimelineRows {
  const messages = [...before.messages, ...known.messages, ...after.messages]
  return { count: messages.length, messages, outgoing: [] }
}

/** Draws until nothing is left to draw, each row as high as `heightOf` says, and gives where the view stands. */
function draw(heightOf: (number: number) => number, shown: TimelineRows): number {
  for (let turn = 0; turn < 50; turn += 1) {
    const { start, end } = list.range
    const numbers = shown.messages.slice(start, end).map(({ id }) => Number(id.slice('msg_'.length)))
    list.resize(VIEW)
    list.measure(numbers.map(heightOf))
    list.placed(list.scrollTop)
    if (!list.cover()) {
      list.settle()
      return list.scrollTop
    }
  }
  throw new Error('the list never came to rest')
}

/** Where a message stands below the top of the view. */
function offsetOf(number: number, shown: TimelineRows, heightOf: (number: number) => number): number {
  let top = EDGE_HEIGHT
  const row = shown.messages.findIndex(({ id }) => id === `msg_${number}`)
  expect(row).toBeGreaterThanOrEqual(list.range.start)
  for (const { id } of shown.messages.slice(list.range.start, row)) top += heightOf(Number(id.slice(4)))
  return top - EDGE_HEIGHT + list.top - list.scrollTop
}

const uneven = (number: number): number => 30 + ((number * 37) % 190)

beforeEach(() => {
  list = new ListWindow()
})

test('opens at the end and stays there when rows come', () => {
  const first = rows(100, 200)
  list.sync(first, true)
  expect(draw(uneven, first)).toBe(list.height - VIEW)
  const more = around(first, rows(0, 0), rows(200, 230))
  list.sync(more, true)
  expect(draw(uneven, more)).toBe(list.height - VIEW)
  expect(list.isAtEnd).toBe(true)
  expect(list.range.end).toBe(130)
})

test('what is looked at stays to the pixel when older rows are put before it, however wrong their estimate', () => {
  const first = rows(100, 200)
  list.sync(first, true)
  draw(uneven, first)
  list.scrolled(400)
  list.cover()
  draw(uneven, first)
  const before = offsetOf(105, first, uneven)
  const more = around(first, rows(0, 100), rows(0, 0))
  list.sync(more, true)
  draw(uneven, more)
  expect(offsetOf(105, more, uneven)).toBe(before)
})

test('what is looked at stays when rows come at the end', () => {
  const first = rows(0, 100)
  list.sync(first, true)
  draw(uneven, first)
  list.scrolled(1_000)
  list.cover()
  const before = draw(uneven, first)
  const more = around(first, rows(0, 0), rows(100, 300))
  list.sync(more, true)
  expect(draw(uneven, more)).toBe(before)
  expect(list.isAtEnd).toBe(false)
})

test('what is looked at stays when a row above it turns out higher', () => {
  const shown = rows(0, 100)
  list.sync(shown, true)
  draw(uneven, shown)
  list.scrolled(2_000)
  list.cover()
  draw(uneven, shown)
  const { start } = list.range
  const before = offsetOf(start + 25, shown, uneven)
  const grown = (number: number): number => uneven(number) + (number === start + 2 ? 333 : 0)
  draw(grown, shown)
  expect(offsetOf(start + 25, shown, grown)).toBe(before)
})

test('a step that is only told of after rows were put before the view stays the same step', () => {
  const first = rows(100, 200)
  list.sync(first, true)
  draw(uneven, first)
  list.scrolled(2_000)
  list.cover()
  draw(uneven, first)
  const looked = 100 + list.range.start + 20
  const at = list.lastScrollTop
  const before = offsetOf(looked, first, uneven)
  const more = around(first, rows(0, 100), rows(0, 0))
  list.sync(more, true)
  list.scrolled(at - 120)
  list.cover()
  draw(uneven, more)
  expect(offsetOf(looked, more, uneven)).toBe(before + 120)
})

test('one step up leaves the end, and a reader who scrolls down arrives there again', () => {
  const shown = rows(0, 100)
  list.sync(shown, true)
  const end = draw(uneven, shown)
  list.scrolled(end - 3)
  expect(list.isAtEnd).toBe(false)
  list.scrolled(end - 30)
  list.scrolled(end - 20)
  expect(list.isAtEnd).toBe(true)
})

test('the end of a stretch that is not the newest is no end to stay at', () => {
  const shown = rows(0, 100)
  list.sync(shown, false)
  draw(uneven, shown)
  list.scrolled(list.height - VIEW)
  expect(list.isAtEnd).toBe(false)
})

test('brings a row into the middle although nothing between was ever measured', () => {
  const shown = rows(0, 5_000)
  list.sync(shown, true)
  draw(uneven, shown)
  list.aim(2_500, 'center')
  list.cover()
  draw(uneven, shown)
  expect(offsetOf(2_500, shown, uneven)).toBe((VIEW - uneven(2_500)) / 2)
})

test('a row in the view is not moved when it is to be brought near', () => {
  const shown = rows(0, 100)
  list.sync(shown, true)
  const end = draw(uneven, shown)
  list.aim(98, 'nearest')
  expect(draw(uneven, shown)).toBe(end)
})

test('draws a few screens, not all rows', () => {
  const shown = rows(0, 100_000)
  list.sync(shown, true)
  draw(() => 40, shown)
  expect(list.range.end - list.range.start).toBeLessThan(100)
})

test('a row higher than everything that is to be drawn comes to rest too', () => {
  const shown = rows(0, 20)
  list.sync(shown, true)
  draw(() => 40_000, shown)
  list.scrolled(300_000)
  list.cover()
  draw(() => 40_000, shown)
  expect(list.range.end - list.range.start).toBeLessThan(4)
})

test('another stretch without the anchor begins at its end', () => {
  const first = rows(0, 100)
  list.sync(first, true)
  draw(uneven, first)
  list.scrolled(100)
  const other = rows(500, 600)
  list.sync(other, true)
  expect(draw(uneven, other)).toBe(list.height - VIEW)
})
