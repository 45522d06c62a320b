import { expect, test } from 'bun:test'
import { openEventLog } from '../../src/eventlog/log.ts'
import { createRetention } from '../../src/eventlog/retention.ts'
import { fill, forEveryStore, room, toRoom } from '../support/stores.ts'

const DAY_MS = 86_400_000
const START_MS = Date.parse('2030-01-01T00:00:00Z')

forEveryStore('retention', (current) => {
  /** A store whose clock the test moves, with one event of another type among messages of each day. */
  const history = async (days: number, perDay: number) => {
    let nowMs = START_MS
    await current.reopen({ clock: () => BigInt(nowMs) * 1_000_000n })
    await current.store.transact((tx) => tx.putRoom(room('general')))
    for (let day = 0; day < days; day++) {
      nowMs = START_MS + day * DAY_MS
      await fill(current.store, toRoom('general'), perDay - 1, `d${day}-`)
      const scope = { kind: 'room', roomId: 'general' } as const
      await current.store.transact((tx) => tx.append({ type: 'room.created', scope, room: {} as never }))
    }
    const log = await openEventLog(current.store)
    const retention = (limits: { maxAgeMs?: number; maxCount?: number; consumerTtlMs?: number }) =>
      createRetention({
        store: current.store,
        log,
        retention: { maxAgeMs: 1_000 * DAY_MS, consumerTtlMs: 90 * DAY_MS, ...limits },
        now: () => nowMs,
      })
    return { log, retention, nowMs: () => nowMs }
  }
  const oldest = async () => (await current.store.read.readLog(0, 1))[0]?.position

  test('forgets entries that are older than the limit, keeps the messages', async () => {
    const { log, retention } = await history(10, 6)
    expect(await retention({ maxAgeMs: 3.5 * DAY_MS }).run()).toBe(37)
    expect(await oldest()).toBe(37)
    expect(await log.oldest()).toBe(37)
    expect(log.parseCursor(log.encodeId(35))).toBeUndefined()
    expect(log.parseCursor(log.encodeId(36))).toEqual({ position: 36 })
    const page = await current.store.read.listMessages(
      { kind: 'room', id: 'general' },
      { limit: 500, from: 'newest' },
    )
    expect(page.items).toHaveLength(50)
  })

  test('forgets entries beyond the count, in steps, and survives a restart', async () => {
    const { retention } = await history(3, 2_500)
    expect(await retention({ maxCount: 1_000 }).run()).toBe(6_501)
    const bounds = { oldest: 6_501, newest: 7_500 }
    expect(await current.store.read.logBounds()).toEqual(bounds)
    if (current.kind === 'memory') return
    await current.reopen()
    expect(await current.store.read.logBounds()).toEqual(bounds)
    expect(current.store.head).toBe(7_500)
  })

  test('never passes a durable consumer with recent contact, but one that is gone too long', async () => {
    const { retention, nowMs } = await history(10, 6)
    const consumer = { actorUid: 'actor_1', agentId: 'alpha', scan: 20, bindings: [] }
    const put = (contactAt: number) =>
      current.store.transact((tx) => tx.putConsumer({ ...consumer, contactAt }))
    await put(nowMs() - 80 * DAY_MS)
    expect(await retention({ maxAgeMs: DAY_MS }).run()).toBe(21)
    await put(nowMs() - 91 * DAY_MS)
    expect(await retention({ maxAgeMs: DAY_MS }).run()).toBe(50)
  })

  test('keeps the newest entry, which carries position and time', async () => {
    const { retention } = await history(2, 4)
    expect(await retention({ maxCount: 0 }).run()).toBe(8)
    expect(await oldest()).toBe(8)
    expect(await retention({}).run()).toBe(8)
  })
})
