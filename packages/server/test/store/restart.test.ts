import { describe, expect, test } from 'bun:test'
import { fill, room, toRoom, withStore } from '../support/stores.ts'

describe('a restart', () => {
  withStore('sqlite', (current) => {
    test('keeps epoch, head, rooms and messages, and goes on counting', async () => {
      await current.store.transact((tx) => tx.putRoom(room('general', ['alpha', 'net_b:beta'])))
      await fill(current.store, toRoom('general'), 5)
      const { epoch } = current.store
      const before = await current.store.read.readLog(0, 10)
      const store = await current.reopen()
      expect(store.epoch).toBe(epoch)
      expect(store.head).toBe(5)
      expect((await store.read.room('general'))?.members).toEqual(['alpha', 'net_b:beta'])
      const after = await store.read.readLog(0, 10)
      expect(after.map((entry) => entry.json)).toEqual(before.map((entry) => entry.json))
      await fill(store, toRoom('general'), 1, 'later')
      expect(store.head).toBe(6)
    })

    test('goes on after the last time although the clock was set back', async () => {
      await current.reopen({ clock: () => 1_900_000_000_000_000_000n })
      await current.store.transact((tx) => tx.putRoom(room('general')))
      await fill(current.store, toRoom('general'), 1)
      const store = await current.reopen({ clock: () => 1_000_000_000_000_000_000n })
      const next = await store.transact(async (tx) => tx.now())
      expect(next).toBe('2030-03-17T17:46:40.000000001Z')
    })

    test('remembers a time that no event carries', async () => {
      await current.reopen({ clock: () => 1_900_000_000_000_000_000n })
      const given = await current.store.transact(async (tx) => tx.now())
      const store = await current.reopen({ clock: () => 1_000_000_000_000_000_000n })
      expect((await store.transact(async (tx) => tx.now())) > given).toBe(true)
    })
  })
})
