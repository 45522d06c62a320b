import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageId, RoomId, ThreadId } from '@moltnet/protocol'
import type { StoredConsumer, StoredWake } from '../../src/store/consumer-port.ts'
import type { AgentRecord, Store } from '../../src/store/port.ts'
import { openMemoryStore, openSqliteStore } from '../../src/store/sqlite/store.ts'

const BACKENDS: Record<string, (folder: string) => Store> = {
  sqlite: (folder) => openSqliteStore(join(folder, 'net.db'), { networkId: 'net' }),
  memory: () => openMemoryStore({ networkId: 'net' }),
}

function consumer(change: Partial<StoredConsumer> = {}): StoredConsumer {
  return { actorUid: 'actor_1', agentId: 'alpha', scan: 10, contactAt: 1_000, bindings: [], ...change }
}

function wake(position: number, change: Partial<StoredWake> = {}): StoredWake {
  return {
    position,
    messageId: `m${position}`,
    target: { kind: 'room', room_id: 'general' as RoomId },
    cause: 'mention',
    targeted: true,
    byAgent: 'sender',
    createdAt: 500,
    state: 'pending',
    attempts: 0,
    retries: 0,
    sends: 0,
    dueAt: 0,
    error: undefined,
    endedAt: 0,
    shown: 'pending',
    journal: {
      steps: [{ step: 'stored', at: 500 }],
      turn: 'none',
      begun: false,
      resent: false,
      spoke: false,
    },
    ...change,
  }
}

function agent(agentId: string, actorUid: string): AgentRecord {
  const at = '2026-04-01T09:00:00.000000000Z'
  const record = { displayName: undefined, credentialKey: null, createdAt: at, updatedAt: at }
  return { agentId, actorUid, actorUri: `molt://net/agents/${agentId}`, ...record }
}

for (const [kind, open] of Object.entries(BACKENDS)) {
  describe(`durable consumers in ${kind}`, () => {
    let folder: string
    let store: Store

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'moltnet-consumers-'))
      store = open(folder)
    })

    afterEach(async () => {
      await store.close()
      rmSync(folder, { recursive: true })
    })

    const save = (change: { scan?: number; contactAt?: number; wakes?: StoredWake[] }) =>
      store.transact((tx) =>
        tx.saveConsumers([{ actorUid: 'actor_1', scan: 11, contactAt: 2_000, wakes: [], ...change }]),
      )

    test('a consumer comes back as it was put, and is replaced without touching its wakes', async () => {
      const bindings = [
        { room: 'general', wake: 'all', from: 3 },
        { room: null, wake: 'mentions', from: 9 },
      ] as const
      await store.transact((tx) => tx.putConsumer(consumer({ bindings })))
      expect(await store.read.consumer('actor_1')).toEqual(consumer({ bindings }))
      await save({ wakes: [wake(11)] })
      await store.transact((tx) => tx.putConsumer(consumer({ scan: 12 })))
      expect(await store.read.consumer('actor_1')).toEqual(consumer({ scan: 12 }))
      expect(await store.read.openWakes('actor_1')).toEqual([wake(11)])
      expect(await store.read.consumer('actor_2')).toBeUndefined()
    })

    test('a change moves the scan and replaces wakes, all in one; a done one is open no more', async () => {
      await store.transact((tx) => tx.putConsumer(consumer()))
      const thread = {
        kind: 'thread',
        room_id: 'general' as RoomId,
        thread_id: 't1' as ThreadId,
        parent_message_id: 'm0' as MessageId,
      } as const
      const facts = { target: thread, cause: 'thread', targeted: false } as const
      await save({ scan: 13, wakes: [wake(11), wake(12, facts), wake(13)] })
      const failing = wake(12, {
        ...facts,
        state: 'backoff',
        attempts: 2,
        retries: 3,
        sends: 4,
        dueAt: 99,
        error: 'exit 1',
      })
      const done = wake(11, { state: 'done', shown: 'spoke', endedAt: 3_000 })
      await save({ scan: 15, contactAt: 3_000, wakes: [failing, done] })
      expect(await store.read.openWakes('actor_1')).toEqual([failing, wake(13)])
      expect(await store.read.consumer('actor_1')).toMatchObject({ scan: 15, contactAt: 3_000 })
    })

    test('a change of a consumer that is gone is skipped', async () => {
      await save({ wakes: [wake(11)] })
      expect(await store.read.consumer('actor_1')).toBeUndefined()
      expect(await store.read.openWakes('actor_1')).toEqual([])
    })

    test('wakes that ended are no longer open, and are forgotten after their time', async () => {
      await store.transact((tx) => tx.putConsumer(consumer()))
      await save({ wakes: [wake(11, { state: 'dead', endedAt: 100 }), wake(12)] })
      expect(await store.read.openWakes('actor_1')).toEqual([wake(12)])
      await store.transact((tx) => tx.forgetEndedWakes(100, 10))
      await save({ wakes: [wake(12, { state: 'expired', endedAt: 200 })] })
      await store.transact((tx) => tx.forgetEndedWakes(150, 10))
      await save({ wakes: [wake(11)] })
      expect(await store.read.openWakes('actor_1')).toEqual([wake(11)])
    })

    test('the lowest scan counts only consumers with recent contact', async () => {
      expect(await store.read.lowestScan(0)).toBeUndefined()
      await store.transact(async (tx) => {
        await tx.putConsumer(consumer({ scan: 5, contactAt: 1_000 }))
        await tx.putConsumer(consumer({ actorUid: 'actor_2', agentId: 'beta', scan: 8, contactAt: 2_000 }))
      })
      expect(await store.read.lowestScan(1_000)).toBe(5)
      expect(await store.read.lowestScan(1_001)).toBe(8)
      expect(await store.read.lowestScan(2_001)).toBeUndefined()
      expect((await store.read.idleConsumers(2_000, 10)).map((idle) => idle.actorUid)).toEqual(['actor_1'])
      expect((await store.read.idleConsumers(9_000, 1)).map((idle) => idle.actorUid)).toEqual(['actor_1'])
    })

    test('a consumer goes with its wakes, and when its actor is no longer registered', async () => {
      await store.transact(async (tx) => {
        await tx.putAgent(agent('alpha', 'actor_1'))
        await tx.putConsumer(consumer())
        await tx.putConsumer(consumer({ actorUid: 'actor_2', agentId: 'beta' }))
      })
      await store.transact((tx) =>
        tx.saveConsumers([
          { actorUid: 'actor_1', wakes: [wake(11)] },
          { actorUid: 'actor_2', wakes: [wake(12)] },
        ]),
      )
      const orphaned = await store.transact((tx) => tx.deleteOrphanConsumers(9_000))
      expect(orphaned.map(({ agentId, position, shown }) => [agentId, position, shown])).toEqual([
        ['beta', 12, 'dismissed'],
      ])
      expect(await store.read.consumer('actor_2')).toBeUndefined()
      const expired = await store.transact((tx) => tx.deleteConsumer('actor_1', 9_000))
      expect(expired.map(({ position, shown, endedAt }) => [position, shown, endedAt])).toEqual([
        [11, 'expired', 9_000],
      ])
      expect(await store.read.openWakes('actor_1')).toEqual([])
      await store.transact((tx) => tx.putConsumer(consumer()))
      expect(await store.read.openWakes('actor_1')).toEqual([])
    })

    test('presence is kept per agent', async () => {
      await store.transact(async (tx) => {
        await tx.putPresence({ agentId: 'beta', name: undefined })
        await tx.putPresence({ agentId: 'alpha', name: 'Alpha' })
        await tx.putPresence({ agentId: 'beta', name: 'Beta' })
      })
      expect(await store.read.presentAgents()).toEqual([
        { agentId: 'alpha', name: 'Alpha' },
        { agentId: 'beta', name: 'Beta' },
      ])
      await store.transact((tx) => tx.deletePresence('alpha'))
      expect(await store.read.presentAgents()).toEqual([{ agentId: 'beta', name: 'Beta' }])
    })
  })
}
