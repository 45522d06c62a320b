import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { AccessContext } from '../../src/domain/access.ts'
import { OPERATOR } from '../../src/domain/principal.ts'
import { Audience } from '../../src/eventlog/audience.ts'
import { type Envelope, Envelopes } from '../../src/eventlog/envelope.ts'
import { Fanout } from '../../src/eventlog/fanout.ts'
import { DELIVERY_LIMITS } from '../../src/eventlog/limits.ts'
import { openEventLog } from '../../src/eventlog/log.ts'
import { type FrameSink, LogSubscriber } from '../../src/eventlog/log-subscriber.ts'
import { RoomDirectory } from '../../src/eventlog/room-directory.ts'
import type { Store } from '../../src/store/port.ts'
import { NETWORK, room as roomOf, withStore } from '../support/stores.ts'
import { eventually } from '../support/wait.ts'

const CONTEXT: AccessContext = {
  mode: 'none',
  publicRead: false,
  registration: 'disabled',
  humanIngress: true,
  directMessages: true,
  networkId: NETWORK,
  reservedAgentIds: new Set(),
}

/** Takes entries until its budget is used up; says `gap <oldest>` where the log is gone. */
class Taker extends LogSubscriber {
  readonly principal = OPERATOR
  readonly attachedAs = 'taker'
  readonly taken: Array<number | `gap ${number}`> = []
  batches = 0
  budget = 0
  /** How long it takes over an entry, in milliseconds. */
  busyMs = 0

  protected readonly sink: FrameSink = {
    writable: true,
    send() {},
    batch: (work) => {
      this.batches += 1
      work()
    },
  }

  allow(budget: number): void {
    this.budget = budget
    if (!this.live) this.resume()
  }

  protected get ready(): boolean {
    return this.budget > 0
  }

  protected take({ entry }: Envelope): boolean {
    if (!this.ready) return false
    this.budget -= 1
    const end = performance.now() + this.busyMs
    while (performance.now() < end);
    this.taken.push(entry.position)
    return true
  }

  protected settle(): void {}

  protected tellGap(_position: number, oldest: number): boolean {
    if (!this.ready) return false
    this.taken.push(`gap ${oldest}`)
    return true
  }

  protected fail(error: unknown): void {
    throw error
  }
}

async function fanoutOf(store: Store) {
  const log = await openEventLog(store)
  const directory = new RoomDirectory(store.read)
  const audience = new Audience<LogSubscriber>(CONTEXT, directory)
  const fanout = new Fanout({ log, directory, audience, envelopes: new Envelopes(NETWORK) })
  store.onCommit((commit) => fanout.publish(commit))
  return { log, fanout }
}

/** Appends events of a room, all in one commit. */
function append(store: Store, count: number, roomId = 'general'): Promise<void> {
  return store.transact(async (tx) => {
    const room = (await tx.room(roomId)) ?? (await tx.putRoom(roomOf(roomId)))
    for (let n = 0; n < count; n++) {
      await tx.append({ type: 'room.members.updated', scope: { kind: 'room', roomId }, room: room.toWire() })
    }
  })
}

const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n)

withStore('sqlite', (current) => {
  describe('a subscriber of the log', () => {
    test('that keeps up gets each commit at once', async () => {
      const { fanout } = await fanoutOf(current.store)
      const taker = new Taker(fanout)
      taker.budget = 100
      taker.join()
      await append(current.store, 5)
      await append(current.store, 3)
      expect(taker.taken).toEqual(from(1, 8))
      expect(taker.live).toBe(true)
      expect(taker.batches).toBe(2)
    })

    test('that stops in the middle of a commit goes on exactly there', async () => {
      const { fanout } = await fanoutOf(current.store)
      const taker = new Taker(fanout)
      taker.budget = 3
      taker.join()
      await append(current.store, 5)
      expect(taker.taken).toEqual([1, 2, 3])
      expect(taker.live).toBe(false)
      expect(taker.position).toBe(3)
      await append(current.store, 2)
      taker.allow(100)
      await eventually(() => taker.live, 'live again')
      expect(taker.taken).toEqual(from(1, 7))
    })

    test('that begins far behind reads the store, then the tail, then is live', async () => {
      for (let n = 0; n < 10; n++) await append(current.store, 100)
      // A log that was opened now has nothing of that in memory.
      const { fanout } = await fanoutOf(current.store)
      const taker = new Taker(fanout)
      taker.budget = 10_000
      taker.place(250)
      taker.join()
      for (let n = 0; n < 5; n++) await append(current.store, 100)
      await eventually(() => taker.live, 'live')
      await append(current.store, 1)
      expect(taker.taken).toEqual(from(251, 1_501))
    })

    test('that is overtaken by retention is told of the gap, once, and goes on with what is left', async () => {
      const { fanout, log } = await fanoutOf(current.store)
      await append(current.store, 10)
      const taker = new Taker(fanout)
      taker.budget = 2
      taker.join()
      await eventually(() => taker.taken.length === 2, 'two entries')
      for (let n = 0; n < 200; n++) await append(current.store, 100)
      const oldest = await current.store.transact((tx) => tx.trimLog(5_000, 100_000))
      log.trimmed(oldest)
      expect(oldest).toBe(5_000)
      taker.allow(1_000_000)
      await eventually(() => taker.live, 'live')
      expect(taker.taken).toEqual([1, 2, 'gap 5000', ...from(5_000, 20_010)])
    })

    test('leaves others their turn when there are many, and stands before what it has not taken', async () => {
      const { fanout } = await fanoutOf(current.store)
      await append(current.store, 1)
      const takers = Array.from({ length: 8 }, () => new Taker(fanout))
      for (const taker of takers) {
        taker.budget = 100
        taker.busyMs = DELIVERY_LIMITS.handOutMs
        taker.place(fanout.head)
        taker.join()
      }
      await append(current.store, 2)
      const last = takers.at(-1) as Taker
      expect(takers[0]?.taken).toEqual([2, 3])
      expect(fanout.head).toBe(3)
      expect(last.taken).toEqual([])
      expect(last.position).toBe(1)
      // It comes while the first two are handed out.
      await append(current.store, 1)
      last.close()
      expect(last.position).toBe(last.taken.length === 0 ? 1 : 3)
      const others = takers.slice(0, -1)
      await eventually(() => others.every((taker) => taker.position === 4), 'all have all')
      for (const taker of others) expect(taker.taken).toEqual([2, 3, 4])
      expect(takers[0]?.batches).toBe(1)
    })

    test('that left gets nothing more', async () => {
      const { fanout } = await fanoutOf(current.store)
      const taker = new Taker(fanout)
      taker.budget = 100
      taker.join()
      await append(current.store, 1)
      taker.close()
      await append(current.store, 1)
      taker.allow(100)
      await append(current.store, 1)
      expect(taker.taken).toEqual([1])
      expect(taker.position).toBe(1)
    })

    test('gets every entry once and in order, however it stops and goes', async () => {
      const { fanout } = await fanoutOf(current.store)
      const step = fc.oneof(
        fc.record({ append: fc.integer({ min: 1, max: 300 }), room: fc.constantFrom('a', 'b', 'c') }),
        fc.record({ allow: fc.integer({ min: 0, max: 200 }), who: fc.nat({ max: 2 }) }),
      )
      const run = async (steps: Array<{ append: number; room: string } | { allow: number; who: number }>) => {
        const start = fanout.head
        const takers = [0, 1, 2].map(() => new Taker(fanout))
        for (const taker of takers) {
          taker.place(start)
          taker.join()
        }
        for (const one of steps) {
          if ('append' in one) await append(current.store, one.append, one.room)
          else takers[one.who]?.allow(one.allow)
        }
        for (const taker of takers) taker.allow(1_000_000)
        await eventually(() => takers.every((taker) => taker.live), 'all are live')
        const rooms = from(start + 1, fanout.head)
        for (const taker of takers) {
          expect(taker.taken).toEqual(rooms)
          taker.close()
        }
      }
      await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), run), { numRuns: 25 })
    }, 30_000)
  })
})
