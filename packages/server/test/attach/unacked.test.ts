import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Unacked } from '../../src/attach/unacked.ts'

describe('un-ACKed frames of a socket', () => {
  test('an ACK counts once, and only for a frame that was sent', () => {
    const unacked = new Unacked()
    for (const position of [3, 7, 20]) unacked.push(position)
    expect(unacked.ack(5)).toBe(false)
    expect(unacked.ack(7)).toBe(true)
    expect(unacked.ack(7)).toBe(false)
    expect(unacked.ack(3)).toBe(true)
    expect(unacked.ack(3)).toBe(false)
    expect(unacked.size).toBe(1)
    expect(unacked.ack(20)).toBe(true)
    expect(unacked.size).toBe(0)
  })

  test('nothing is un-ACKed on a new socket', () => {
    expect(new Unacked().ack(1)).toBe(false)
  })

  test('holds any number in any order, as a set would', () => {
    const step = fc.record({ sends: fc.integer({ min: 0, max: 40 }), acks: fc.array(fc.nat()) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const unacked = new Unacked()
        const model = new Set<number>()
        let position = 0
        for (const { sends, acks } of steps) {
          for (let n = 0; n < sends; n++) {
            position += 1 + (position % 3)
            unacked.push(position)
            model.add(position)
          }
          for (const pick of acks) {
            // Half of them hit: positions leave gaps.
            const acked = position === 0 ? 0 : pick % (position + 1)
            expect(unacked.ack(acked)).toBe(model.delete(acked))
          }
          expect(unacked.size).toBe(model.size)
        }
        for (const left of [...model]) expect(unacked.ack(left)).toBe(true)
        expect(unacked.size).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
