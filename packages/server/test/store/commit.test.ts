import { expect, test } from 'bun:test'
import type { Commit } from '../../src/store/port.ts'
import { StoreFailed } from '../../src/store/port.ts'
import { draft, fill, forEveryStore, room, toRoom } from '../support/stores.ts'
import { rejectionOf } from '../support/rejection.ts'

forEveryStore('commits', (current) => {
  const addRoom = () => current.store.transact((tx) => tx.putRoom(room('general', ['alpha'])))
  const ids = async () => {
    const query = { limit: 500, from: 'newest' } as const
    const { items } = await current.store.read.listMessages({ kind: 'room', id: 'general' }, query)
    return items.map((item) => item.id)
  }

  test('works of one turn share a commit and run in the order they came', async () => {
    await addRoom()
    const before = current.store.stats.commits
    const works = Array.from({ length: 20 }, (_, n) =>
      current.store.transact((tx) => tx.insertMessage(draft(`m${n}`, toRoom('general')))),
    )
    const entries = await Promise.all(works)
    expect(current.store.stats.commits).toBe(before + 1)
    expect(entries.map((entry) => entry.position)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
    expect(await ids()).toEqual(Array.from({ length: 20 }, (_, n) => `m${n}`))
  })

  test('a work that throws is rolled back alone and leaves no hole in the positions', async () => {
    await addRoom()
    const good = (id: string) =>
      current.store.transact((tx) => tx.insertMessage(draft(id, toRoom('general'))))
    const bad = current.store.transact(async (tx) => {
      await tx.insertMessage(draft('gone', toRoom('general')))
      await tx.putRoom(room('general', ['alpha', 'mallory']))
      throw new Error('refused')
    })
    const [first, failure, second] = await Promise.allSettled([good('one'), bad, good('two')])
    expect(first).toMatchObject({ status: 'fulfilled', value: { position: 1 } })
    expect(failure).toMatchObject({ status: 'rejected', reason: { message: 'refused' } })
    expect(second).toMatchObject({ status: 'fulfilled', value: { position: 2 } })
    expect(await ids()).toEqual(['one', 'two'])
    expect((await current.store.read.room('general'))?.members).toEqual(['alpha'])
  })

  test('an id that is used twice in one batch fails the second work only', async () => {
    await addRoom()
    const post = () => current.store.transact((tx) => tx.insertMessage(draft('same', toRoom('general'))))
    const outcomes = await Promise.allSettled([post(), post(), post()])
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(await ids()).toEqual(['same'])
  })

  test('a work sees what earlier works of its batch wrote, readers see none of it before the commit', async () => {
    await addRoom()
    let seen: readonly string[] | undefined
    const first = current.store.transact((tx) => tx.insertMessage(draft('one', toRoom('general'))))
    const second = current.store.transact(async (tx) => {
      // Started while the batch runs; it must not show the batch's own rows.
      void ids().then((listed) => {
        seen = listed
      })
      return (await tx.message('one'))?.message.id
    })
    const committed = new Promise<void>((resolve) => {
      current.store.onCommit(() => {
        expect(seen === undefined || seen.length === 0).toBe(true)
        resolve()
      })
    })
    expect(await second).toBe('one' as never)
    await Promise.all([first, committed])
    if (current.kind === 'sqlite') expect(seen).toEqual([])
    expect(await ids()).toEqual(['one'])
  })

  test('works that take long together leave others their turn, and share a commit all the same', async () => {
    await addRoom()
    const before = current.store.stats.commits
    let turns = 0
    let running = true
    const turn = () => {
      turns += 1
      if (running) setImmediate(turn)
    }
    const seen: number[] = []
    const busy = (id: string) =>
      current.store.transact(async (tx) => {
        seen.push(turns)
        const end = performance.now() + 5
        while (performance.now() < end);
        await tx.insertMessage(draft(id, toRoom('general')))
      })
    const works = [busy('one'), busy('two')]
    setImmediate(turn)
    await Promise.all(works)
    running = false
    expect(seen[1]).toBeGreaterThan(seen[0] as number)
    expect(current.store.stats.commits).toBe(before + 1)
    expect(await ids()).toEqual(['one', 'two'])
  })

  test('listeners get the entries of a commit before any of its works is answered', async () => {
    await addRoom()
    const order: string[] = []
    const commits: Commit[] = []
    current.store.onCommit((commit) => {
      order.push('commit')
      commits.push(commit)
    })
    const post = (id: string) =>
      current.store
        .transact((tx) => tx.insertMessage(draft(id, toRoom('general'))))
        .then(() => order.push(id))
    await Promise.all([post('one'), post('two')])
    expect(order).toEqual(['commit', 'one', 'two'])
    expect(commits[0]?.entries.map((entry) => [entry.position, entry.message?.id as string])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ])
    expect(current.store.head).toBe(2)
  })

  test('a commit names the rooms that changed, and unchanged rooms keep their identity', async () => {
    await addRoom()
    await current.store.transact((tx) => tx.putRoom(room('other')))
    const before = await current.store.read.room('other')
    let changed: readonly string[] = []
    current.store.onCommit(({ rooms }) => {
      changed = rooms.map((snapshot) => snapshot.id)
    })
    const put = await current.store.transact((tx) => tx.putRoom(room('general', ['alpha', 'beta'])))
    expect(changed).toEqual(['general'])
    expect(await current.store.read.room('general')).toBe(put)
    expect(await current.store.read.room('other')).toBe(before as NonNullable<typeof before>)
  })

  test('a batch is bounded: later works get a commit of their own', async () => {
    await addRoom()
    const before = current.store.stats.commits
    const works = Array.from({ length: 1_500 }, (_, n) =>
      current.store.transact((tx) => tx.insertMessage(draft(`m${n}`, toRoom('general')))),
    )
    const entries = await Promise.all(works)
    expect(current.store.stats.commits).toBeGreaterThan(before + 2)
    expect(entries.map((entry) => entry.position)).toEqual(Array.from({ length: 1_500 }, (_, n) => n + 1))
  })

  test('times strictly increase although the clock stands still or goes back', async () => {
    let clock = 1_900_000_000_000_000_000n
    await current.reopen({ clock: () => clock })
    await addRoom()
    await fill(current.store, toRoom('general'), 3, 'a')
    clock -= 3_600_000_000_000n
    await fill(current.store, toRoom('general'), 3, 'b')
    const entries = await current.store.read.readLog(0, 100)
    const times = entries.map((entry) => entry.createdAt)
    expect(times).toEqual([...new Set(times)].sort())
    expect(times[0]).toBe('2030-03-17T17:46:40.000000000Z')
    expect(times.every((time) => time.length === 30)).toBe(true)
  })

  test('after close nothing is accepted and nothing hangs', async () => {
    await addRoom()
    const last = current.store.transact((tx) => tx.insertMessage(draft('last', toRoom('general'))))
    const closing = current.store.close()
    const late = current.store.transact((tx) => tx.insertMessage(draft('late', toRoom('general'))))
    expect(await rejectionOf(late)).toBeInstanceOf(StoreFailed)
    expect((await last).position).toBe(1)
    await closing
    await current.reopen()
  })
})
