import { expect, test } from 'bun:test'
import { openEventLog } from '../../src/eventlog/log.ts'
import { TAIL_ENTRIES } from '../../src/eventlog/tail.ts'
import type { LogEntry } from '../../src/store/port.ts'
import { draft, fill, forEveryStore, room, toRoom } from '../support/stores.ts'

forEveryStore('the event log', (current) => {
  const prepared = async () => {
    await current.store.transact((tx) => tx.putRoom(room('general')))
    return openEventLog(current.store)
  }
  const positions = (entries: readonly LogEntry[]) => entries.map((entry) => entry.position)

  test('the head moves and subscribers hear of each commit once, in order', async () => {
    const log = await prepared()
    const heard: number[] = []
    const stop = log.subscribe((entries) => {
      expect(log.head).toBe(entries.at(-1)?.position as number)
      heard.push(...positions(entries))
    })
    await fill(current.store, toRoom('general'), 3, 'a')
    await fill(current.store, toRoom('general'), 2, 'b')
    stop()
    await fill(current.store, toRoom('general'), 1, 'c')
    expect(heard).toEqual([1, 2, 3, 4, 5])
    expect(log.head).toBe(6)
  })

  test('an entry has the same text whether it comes from the commit, the tail or the disk', async () => {
    const log = await prepared()
    let live: readonly LogEntry[] = []
    log.subscribe((entries) => {
      live = entries
    })
    await current.store.transact(async (tx) => {
      await tx.append({ type: 'room.removed', scope: { kind: 'room', roomId: 'general' }, room: {} as never })
      await tx.insertMessage(draft('m', toRoom('general'), 'umläut "quoted"'))
    })
    const tail = log.readTail(0, 10)
    const disk = await current.store.read.readLog(0, 10)
    const shape = (entries: readonly LogEntry[] | undefined) =>
      entries?.map(({ position, id, type, createdAt, scope, json, message }) => ({
        position,
        id,
        type,
        createdAt,
        scope,
        json,
        message,
      }))
    expect(shape(tail)).toEqual(shape(live))
    expect(shape(disk)).toEqual(shape(live))
    const event = JSON.parse(live[1]?.json ?? '') as Record<string, unknown>
    expect(Object.keys(event)).toEqual(['id', 'type', 'network_id', 'message', 'created_at'])
    expect(event['id']).toBe(log.encodeId(2))
  })

  test('reads go on from the disk where the tail does not reach', async () => {
    const log = await prepared()
    for (let batch = 0; batch * 4_096 < TAIL_ENTRIES + 4_096; batch++) {
      await fill(current.store, toRoom('general'), 4_096, `b${batch}-`)
    }
    expect(log.readTail(0, 10)).toBeUndefined()
    expect(positions(await log.read(0, 3))).toEqual([1, 2, 3])
    expect(log.readTail(log.head - 2, 10)?.map((entry) => entry.position)).toEqual([log.head - 1, log.head])
    expect(log.readTail(log.head, 10)).toEqual([])
    let after = 0
    for (;;) {
      const entries = await log.read(after, 1_000)
      if (entries.length === 0) break
      expect(positions(entries)).toEqual(entries.map((_, n) => after + n + 1))
      after += entries.length
    }
    expect(after).toBe(log.head)
  })

  test('large entries are read a few at a time and kept in memory within a bound', async () => {
    const log = await prepared()
    for (let n = 0; n < 20; n++) {
      await current.store.transact((tx) =>
        tx.insertMessage(draft(`m${n}`, toRoom('general'), 'x'.repeat(1_000_000))),
      )
    }
    expect(log.readTail(0, 100)).toBeUndefined()
    const entries = await log.read(0, 100)
    expect(entries.length).toBeGreaterThan(0)
    expect(entries.length).toBeLessThan(7)
    expect(log.readTail(log.head - 10, 100)).toHaveLength(10)
  })

  test('only cursors of this log, within what is kept, are valid', async () => {
    const log = await prepared()
    await fill(current.store, toRoom('general'), 5)
    const { epoch } = current.store
    expect(log.parseCursor(log.encodeId(3))).toEqual({ position: 3 })
    expect(log.parseCursor(log.encodeId(5))).toEqual({ position: 5 })
    const bad = [
      '',
      'evt_',
      '3',
      `evt_${epoch}.6`,
      `evt_${epoch}.0`,
      `evt_${epoch}.03`,
      `evt_${epoch}.-1`,
      `evt_${epoch}.3.0`,
    ]
    for (const id of [...bad, 'evt_00000000.3', `evt_${epoch}.0-0123456789abcdef`, `evt_${epoch}.1e1`]) {
      expect(log.parseCursor(id)).toBeUndefined()
    }
    await current.store.transact((tx) => tx.trimLog(4, 100))
    log.trimmed(4)
    expect(log.parseCursor(log.encodeId(2))).toBeUndefined()
    expect(log.parseCursor(log.encodeId(3))).toEqual({ position: 3 })
  })
})
