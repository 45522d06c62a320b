import { expect, test } from 'bun:test'
import { artifactId, LIMITS, type PageQuery } from '@moltnet/protocol'
import fc from 'fast-check'
import type { ReadFilter } from '../../src/domain/access.ts'
import type { Slice, Store } from '../../src/store/port.ts'
import { draft, fill, forEveryStore, room, toDm, toRoom, toThread } from '../support/stores.ts'
import { rejectionOf } from '../support/rejection.ts'

const ALL: ReadFilter = { kind: 'all' }

type List = (query: PageQuery) => Promise<Slice<string>>

/** Walks a list in one direction with the limits in turn, as a client does with the cursors of its pages. */
async function walk(list: List, limits: readonly number[], direction: 'before' | 'after'): Promise<string[]> {
  const found: string[] = []
  let query: PageQuery = { limit: limits[0] as number, from: 'newest' }
  if (direction === 'after') {
    // `after` starts from a known item: the oldest one.
    const oldest = (await walk(list, [500], 'before'))[0]
    if (oldest === undefined) return []
    found.push(oldest)
    query = { limit: limits[0] as number, from: 'after', cursor: oldest }
  }
  for (let turn = 1; ; turn++) {
    const page = await list(query)
    if (direction === 'after') found.push(...page.items)
    else found.unshift(...page.items)
    if (!page.more) return found
    const cursor = (direction === 'after' ? page.items.at(-1) : page.items[0]) as string
    query = { limit: limits[turn % limits.length] as number, from: direction, cursor }
  }
}

async function expectWalks(list: List, expected: readonly string[]): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      async (limits) => {
        expect(await walk(list, limits, 'before')).toEqual([...expected])
        expect(await walk(list, limits, 'after')).toEqual([...expected])
      },
    ),
    { numRuns: 15 },
  )
}

async function ids<T>(slice: Promise<Slice<T>>, id: (item: T) => string): Promise<Slice<string>> {
  const { items, more } = await slice
  return { items: items.map(id), more }
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}${n + 1}`)
}

async function seedRooms(store: Store): Promise<void> {
  await store.transact(async (tx) => {
    for (let n = 0; n < 24; n++) {
      const id = `room-${String.fromCharCode(97 + n)}`
      const members = [
        `agent-${n % 7}`,
        ...(n % 3 === 0 ? ['net:reader'] : []),
        ...(n % 5 === 0 ? ['far:x'] : []),
      ]
      await tx.putRoom(room(id, members, { visibility: n % 4 === 0 ? 'public' : 'private' }))
    }
    const gone = await tx.putRoom(room('room-gone', ['reader', 'ghost']))
    await tx.putRoom({ ...gone.fields(), removedAt: tx.now() })
  })
}

forEveryStore('pages', (current) => {
  test('a room shows its own messages and not those of its threads, both ways under any limits', async () => {
    await current.store.transact(async (tx) => {
      await tx.putRoom(room('general'))
      await tx.putRoom(room('other'))
      await tx.insertThread({ id: 't', roomId: 'general', parentMessageId: undefined })
    })
    for (let round = 0; round < 4; round++) {
      await fill(current.store, toRoom('general'), 7, `g${round}-`)
      await fill(current.store, toThread('general', 't'), 5, `t${round}-`)
      await fill(current.store, toRoom('other'), 3, `o${round}-`)
    }
    const messages = (kind: 'room' | 'thread', id: string) => (query: PageQuery) =>
      ids(current.store.read.listMessages({ kind, id }, query), (item) => item.id)
    const expected = (prefix: string, count: number) =>
      [0, 1, 2, 3].flatMap((round) => numbered(`${prefix}${round}-`, count))
    await expectWalks(messages('room', 'general'), expected('g', 7))
    await expectWalks(messages('thread', 't'), expected('t', 5))
    expect((await current.store.read.thread('t'))?.messageCount).toBe(20)
  })

  test('a cursor of another conversation, or of none, is refused', async () => {
    await current.store.transact(async (tx) => {
      await tx.putRoom(room('general'))
      await tx.putRoom(room('other'))
      await tx.insertThread({ id: 't', roomId: 'general', parentMessageId: undefined })
    })
    await fill(current.store, toRoom('other'), 1, 'foreign')
    await fill(current.store, toThread('general', 't'), 1, 'threaded')
    for (const cursor of ['foreign1', 'threaded1', 'nothing']) {
      const page = current.store.read.listMessages(
        { kind: 'room', id: 'general' },
        { limit: 5, from: 'before', cursor },
      )
      expect(await rejectionOf(page)).toMatchObject({ code: 'unprocessable_entity' })
    }
  })

  test('a page ends once it holds 4 MiB, with the rest on the next ones', async () => {
    await current.store.transact((tx) => tx.putRoom(room('general')))
    const text = 'x'.repeat(900_000)
    for (let n = 1; n <= 7; n++) {
      await current.store.transact((tx) => tx.insertMessage(draft(`m${n}`, toRoom('general'), text)))
    }
    const page = await current.store.read.listMessages(
      { kind: 'room', id: 'general' },
      { limit: 100, from: 'newest' },
    )
    expect(page.items.map((item) => item.id)).toEqual(['m3', 'm4', 'm5', 'm6', 'm7'])
    expect(page.more).toBe(true)
    const bytes = page.items.slice(1).reduce((sum, item) => sum + Buffer.byteLength(item.json), 0)
    expect(bytes).toBeLessThan(LIMITS.pageBytes)
  })

  test('artifacts of a room include those of its threads, in the order of messages and parts', async () => {
    await current.store.transact(async (tx) => {
      await tx.putRoom(room('general'))
      await tx.insertThread({ id: 't', roomId: 'general', parentMessageId: undefined })
      for (let n = 1; n <= 8; n++) {
        const target = n % 2 === 0 ? toThread('general', 't') : toRoom('general')
        const artifacts = [0, 1, 2].map((partIndex) => {
          return {
            partIndex,
            kind: 'url',
            mediaType: undefined,
            filename: undefined,
            url: 'https://a.b/',
          } as const
        })
        await tx.insertMessage({ ...draft(`m${n}`, target), artifacts })
      }
    })
    const all = numbered('m', 8).flatMap((id) => [0, 1, 2].map((part) => artifactId(id, part)))
    const artifacts = (kind: 'room' | 'thread', id: string) => (query: PageQuery) =>
      ids(current.store.read.listArtifacts({ kind, id }, query), (item) => item.id)
    await expectWalks(artifacts('room', 'general'), all)
    await expectWalks(
      artifacts('thread', 't'),
      all.filter((id) => /_m[2468]_/.test(id)),
    )
  })

  test('rooms come by id, without removed ones, and filtered to what a reader may see', async () => {
    await seedRooms(current.store)
    const letters = Array.from({ length: 24 }, (_, n) => `room-${String.fromCharCode(97 + n)}`)
    const rooms = (filter: ReadFilter) => (query: PageQuery) =>
      ids(current.store.read.listRooms(query, filter), (snapshot) => snapshot.id)
    await expectWalks(rooms(ALL), letters)
    const reader = {
      kind: 'readable',
      publicRooms: true,
      agentId: 'molt://net/agents/reader',
      registered: false,
    } as const
    await expectWalks(
      rooms(reader),
      letters.filter((_, n) => n % 3 === 0 || n % 4 === 0),
    )
    await expectWalks(
      rooms({ ...reader, publicRooms: false }),
      letters.filter((_, n) => n % 3 === 0),
    )
    await expectWalks(
      rooms({ ...reader, agentId: null }),
      letters.filter((_, n) => n % 4 === 0),
    )
    const hidden = current.store.read.listRooms({ limit: 5, from: 'after', cursor: 'room-b' }, reader)
    expect(await rejectionOf(hidden)).toMatchObject({ code: 'unprocessable_entity' })
    const removed = current.store.read.listRooms({ limit: 5, from: 'after', cursor: 'room-gone' }, ALL)
    expect(await rejectionOf(removed)).toMatchObject({ code: 'unprocessable_entity' })
  })

  test('agents are the union of members and registered ones, each once, whatever the notations', async () => {
    await seedRooms(current.store)
    await current.store.transact(async (tx) => {
      for (const agentId of ['agent-3', 'zeta', 'alone']) {
        const at = tx.now()
        const record = { actorUid: `u-${agentId}`, actorUri: 'x', displayName: undefined, credentialKey: 'k' }
        await tx.putAgent({ agentId, ...record, createdAt: at, updatedAt: at })
      }
    })
    const agents = (filter: ReadFilter) => (query: PageQuery) =>
      ids(current.store.read.listAgents(query, filter), (entry) => entry.key)
    const members = Array.from({ length: 7 }, (_, n) => `agent-${n}`)
    await expectWalks(agents(ALL), [...members, 'alone', 'far:x', 'reader', 'zeta'])
    const publicOnly = { kind: 'readable', publicRooms: true, agentId: null, registered: true } as const
    await expectWalks(agents(publicOnly), [...members, 'alone', 'far:x', 'reader', 'zeta'])
    const guest = { ...publicOnly, registered: false } as const
    await expectWalks(agents(guest), [
      'agent-0',
      'agent-1',
      'agent-2',
      'agent-4',
      'agent-5',
      'agent-6',
      'far:x',
      'reader',
    ])
    const own = { ...guest, publicRooms: false, agentId: 'far:x' } as const
    await expectWalks(agents(own), ['agent-0', 'agent-1', 'agent-3', 'agent-5', 'agent-6', 'far:x', 'reader'])
    await expectWalks(agents({ ...own, agentId: 'zeta' }), ['zeta'])
    await expectWalks(agents({ ...own, agentId: 'nobody' }), [])
    const shown = await current.store.read.listAgents({ limit: 50, from: 'newest' }, own)
    expect(shown.items.find((entry) => entry.key === 'reader')?.roomIds).toEqual(['room-a', 'room-p'])
    expect((await current.store.read.agentEntry('molt://far/agents/x'))?.roomIds.length).toBe(5)
    expect(await current.store.read.agentEntry('ghost')).toBeUndefined()
  })

  test('direct conversations come by id, and to an agent only its own', async () => {
    await current.store.transact(async (tx) => {
      for (let n = 1; n <= 12; n++) {
        const participants = n % 3 === 0 ? ['net:alpha', 'gamma'] : ['beta', 'gamma']
        const id = `d${String(n).padStart(2, '0')}`
        await tx.insertDm({ id, participants })
        await tx.insertMessage(draft(`m${n}`, toDm(id, participants)))
      }
    })
    const dms = (filter: ReadFilter) => (query: PageQuery) =>
      ids(current.store.read.listDms(query, filter), (dm) => dm.id)
    const all = Array.from({ length: 12 }, (_, n) => `d${String(n + 1).padStart(2, '0')}`)
    const alpha = { kind: 'readable', publicRooms: true, agentId: 'alpha', registered: false } as const
    await expectWalks(dms(ALL), all)
    await expectWalks(dms(alpha), ['d03', 'd06', 'd09', 'd12'])
    expect(await dms({ ...alpha, agentId: null })({ limit: 5, from: 'newest' })).toEqual({
      items: [],
      more: false,
    })
    await current.store.transact((tx) => tx.leaveDms('molt://net/agents/alpha'))
    expect((await dms(alpha)({ limit: 5, from: 'newest' })).items).toEqual([])
    const left = await current.store.read.dm('d03')
    expect([left?.participants, left?.present]).toEqual([['gamma', 'net:alpha'], ['gamma']])
  })

  test('threads come by id, of one room only', async () => {
    await current.store.transact(async (tx) => {
      for (const id of ['general', 'other']) await tx.putRoom(room(id))
      for (let n = 10; n < 30; n++) {
        const roomId = n % 4 === 0 ? 'other' : 'general'
        await tx.insertThread({ id: `t${n}`, roomId, parentMessageId: n % 2 === 0 ? 'parent' : undefined })
      }
    })
    const threads = (roomId: string) => (query: PageQuery) =>
      ids(current.store.read.listThreads(roomId, query), (thread) => thread.id)
    const all = Array.from({ length: 20 }, (_, n) => `t${n + 10}`)
    await expectWalks(
      threads('other'),
      all.filter((_, n) => (n + 10) % 4 === 0),
    )
    const foreign = current.store.read.listThreads('general', { limit: 5, from: 'after', cursor: 't12' })
    expect(await rejectionOf(foreign)).toMatchObject({ code: 'unprocessable_entity' })
  })
})
