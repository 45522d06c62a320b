import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { durableLedger, v1Ledger } from '../src/attachment-ledger.ts'

const cursors = (count: number) => Array.from({ length: count }, (_, i) => `evt_${i + 1}`)

describe('the ledger of a v1 attachment', () => {
  test('resumes after the longest unbroken run of ACKs, in whatever order they come', () => {
    const acks = fc.uniqueArray(fc.nat({ max: 19 }), { maxLength: 20 })
    fc.assert(
      fc.property(acks, (order) => {
        const ledger = v1Ledger('evt_0')
        const all = cursors(20)
        ledger.resume()
        for (const cursor of all) ledger.receive(cursor)
        for (const index of order) ledger.ack(all[index] ?? '')
        const run = all.findIndex((_, index) => !order.includes(index))
        const length = run < 0 ? 20 : run
        expect(ledger.size).toBe(20 - length)
        expect(ledger.done).toBe(length === 0 ? 'evt_0' : all[length - 1])
        expect(ledger.resume()).toBe(ledger.done)
      }),
    )
  })

  test('loses no un-ACKed event and hands out no ACKed one, however often the connection ends', () => {
    type Step = { op: 'receive' } | { op: 'ack'; index: number } | { op: 'disconnect' } | { op: 'reconnect' }
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ op: fc.constant('receive' as const) }),
      fc.record({ op: fc.constant('ack' as const), index: fc.nat({ max: 30 }) }),
      fc.record({ op: fc.constant('disconnect' as const) }),
      fc.record({ op: fc.constant('reconnect' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const log = cursors(60)
        const ledger = v1Ledger('evt_0')
        const acked = new Set<string>()
        const received = new Set<string>()
        let sent = 0
        let connected = true
        ledger.resume()
        for (const each of steps) {
          if (each.op === 'receive') {
            if (!connected) continue
            const cursor = log[sent++] ?? ''
            received.add(cursor)
            expect(ledger.receive(cursor)).toBe(acked.has(cursor) ? 'acked' : 'new')
          } else if (each.op === 'disconnect') {
            ledger.disconnected()
            connected = false
          } else if (each.op === 'reconnect') {
            ledger.disconnected()
            connected = true
            sent = log.indexOf(ledger.resume() ?? '') + 1
            for (const cursor of log.slice(0, sent)) expect(acked).toContain(cursor)
          } else {
            const cursor = log[each.index] ?? ''
            const toSend = ledger.ack(cursor)
            if (toSend) expect(connected && each.index < sent).toBe(true)
            if (received.has(cursor)) acked.add(cursor)
          }
        }
        if (!connected) ledger.resume()
        // Once everything came and was ACKed, nothing is left behind.
        for (const cursor of log.slice(sent)) ledger.receive(cursor)
        for (const cursor of log) ledger.ack(cursor)
        ledger.disconnected()
        expect(ledger.resume()).toBe('evt_60')
        expect(ledger.size).toBe(0)
      }),
      { numRuns: 1_000 },
    )
  })

  test('forgets at once what is ACKed while there is no connection', () => {
    const ledger = v1Ledger('evt_0')
    ledger.resume()
    for (const cursor of cursors(3)) ledger.receive(cursor)
    ledger.ack('evt_2')
    ledger.disconnected()
    ledger.ack('evt_1')
    expect(ledger.size).toBe(1)
    ledger.ack('evt_3')
    expect(ledger.size).toBe(0)
    expect(ledger.resume()).toBe('evt_3')
  })

  test('knows a replay of an event that was ACKed after the connection had asked for it', () => {
    const ledger = v1Ledger('evt_0')
    ledger.resume()
    ledger.receive('evt_1')
    ledger.receive('evt_2')
    ledger.disconnected()
    expect(ledger.resume()).toBe('evt_0')
    expect(ledger.ack('evt_1')).toBe(false)
    expect(ledger.receive('evt_1')).toBe('acked')
    expect(ledger.receive('evt_2')).toBe('new')
    expect(ledger.ack('evt_2')).toBe(true)
    expect(ledger.resume()).toBe('evt_2')
    expect(ledger.size).toBe(0)
  })
})

describe('the ledger of a durable consumer', () => {
  test('remembers the last window of ACKs and no more', () => {
    const ledger = durableLedger(4)
    ledger.connected()
    const all = cursors(10)
    for (const cursor of all) {
      ledger.receive(cursor)
      expect(ledger.ack(cursor)).toBe(true)
    }
    ledger.disconnected()
    expect(all.map((cursor) => ledger.receive(cursor))).toEqual([
      ...Array<'new'>(6).fill('new'),
      ...Array<'acked'>(4).fill('acked'),
    ])
  })

  test('gives each ACK that waited to one connection only', () => {
    const ledger = durableLedger()
    ledger.connected()
    ledger.receive('evt_1')
    ledger.disconnected()
    expect(ledger.ack('evt_1')).toBe(false)
    expect(ledger.connected()).toEqual(['evt_1'])
    ledger.disconnected()
    expect(ledger.connected()).toEqual([])
  })
})
