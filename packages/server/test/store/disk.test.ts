import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canMount, mount, unmount } from '../../../../test/support/mount.ts'
import { StoreFailed, StoreOpenError } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { rejectionOf } from '../support/rejection.ts'
import { draft, NETWORK, room, toRoom } from '../support/stores.ts'

/** A disk of its own for each test; only root may mount one. */
let disk = ''

const testOnDisk = test.skipIf(!canMount())

beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'moltnet-disk-'))
})
afterEach(() => {
  unmount(disk)
  rmSync(disk, { recursive: true, force: true })
})

const open = () => openSqliteStore(join(disk, 'data', 'moltnet.db'), { networkId: NETWORK })

function openFailure(): string {
  try {
    void open().close()
  } catch (error) {
    expect(error).toBeInstanceOf(StoreOpenError)
    return (error as Error).message
  }
  throw new Error('the store was expected to be refused')
}

testOnDisk('a read-only disk is refused at start, with and without a database on it', async () => {
  mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk)
  mount('-o', 'remount,ro', disk)
  expect(openFailure()).toBe(`cannot open ${join(disk, 'data', 'moltnet.db')}: it is read-only`)
  mount('-o', 'remount,rw', disk)
  await open().close()
  mount('-o', 'remount,ro', disk)
  expect(openFailure()).toContain('it is read-only')
})

testOnDisk('a full disk is refused at start', () => {
  mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk)
  mkdirSync(join(disk, 'data'))
  expect(() => writeFileSync(join(disk, 'filler'), new Uint8Array(2_000_000))).toThrow()
  expect(openFailure()).toContain('there is no space left on its disk')
})

testOnDisk('a disk that fills up refuses writes and readiness, goes on reading, and recovers', async () => {
  mount('-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk)
  const store = open()
  await store.transact((tx) => tx.putRoom(room('general')))
  await store.transact((tx) => tx.insertMessage(draft('kept', toRoom('general'))))
  expect(() => writeFileSync(join(disk, 'filler'), new Uint8Array(4_000_000))).toThrow()
  const post = (id: string) =>
    store.transact((tx) => tx.insertMessage(draft(id, toRoom('general'), 'x'.repeat(100_000))))
  const refusal = await rejectionOf(post('lost'))
  expect(refusal).toBeInstanceOf(StoreFailed)
  expect(refusal).toMatchObject({ reason: 'unavailable' })
  const notReady = await rejectionOf(store.read.ping())
  expect(notReady).toMatchObject({ reason: 'unavailable' })
  const page = await store.read.listMessages({ kind: 'room', id: 'general' }, { limit: 10, from: 'newest' })
  expect(page.items.map((item) => item.id)).toEqual(['kept'])
  rmSync(join(disk, 'filler'))
  await store.read.ping()
  expect((await post('lost')).position).toBe(2)
  await store.close()
})
