import { afterEach, beforeEach, describe } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Message, Target } from '@moltnet/protocol'
import type { RoomFields } from '../../src/domain/room.ts'
import { scopeOfMessage } from '../../src/store/scope.ts'
import type { MessageDraft, Store, Tx } from '../../src/store/port.ts'
import { openMemoryStore, openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { StoreOptions } from '../../src/store/sqlite/store.ts'

export const NETWORK = 'net'

/** A store of one test. */
export interface StoreUnderTest {
  readonly store: Store
  readonly kind: 'sqlite' | 'memory'
  /** Where the database lies, for SQLite. */
  readonly path: string
  /** Closes the store and opens its file again. */
  reopen(options?: Partial<StoreOptions>): Promise<Store>
}

/** Runs the same tests against every kind of store. */
export function forEveryStore(name: string, tests: (current: StoreUnderTest) => void): void {
  for (const kind of ['sqlite', 'memory'] as const)
    describe(`${name} (${kind})`, () => withStore(kind, tests))
}

/** A fresh store for each test. */
export function withStore(kind: 'sqlite' | 'memory', tests: (current: StoreUnderTest) => void): void {
  let folder = ''
  let store: Store
  const path = () => join(folder, 'moltnet.db')
  const open = (options: Partial<StoreOptions> = {}) => {
    const all = { networkId: NETWORK, networkName: 'Test Net', ...options }
    store = kind === 'sqlite' ? openSqliteStore(path(), all) : openMemoryStore(all)
    return store
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'moltnet-store-'))
    open()
  })
  afterEach(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  tests({
    get store() {
      return store
    },
    kind,
    get path() {
      return path()
    },
    async reopen(options) {
      await store.close()
      return open(options)
    },
  })
}

/** The fields of a private room. */
export function room(
  id: string,
  members: readonly string[] = [],
  change: Partial<RoomFields> = {},
): RoomFields {
  return {
    id,
    networkId: NETWORK,
    name: id,
    visibility: 'private',
    writePolicy: 'members',
    createdAt: '2026-04-01T09:00:00.000000000Z',
    removedAt: null,
    members,
    ...change,
  }
}

/** A message that is ready to be stored. */
export function draft(id: string, target: Target, text = 'hello'): MessageDraft {
  const message = {
    id,
    network_id: NETWORK,
    origin: { network_id: NETWORK, message_id: id },
    target,
    from: { type: 'agent', id: 'alpha' },
    parts: [{ kind: 'text', text }],
  } as Omit<Message, 'created_at'>
  return { message, scope: scopeOfMessage(message), credentialKey: 'anonymous', artifacts: [] }
}

export function toRoom(roomId: string): Target {
  return { kind: 'room', room_id: roomId } as Target
}

export function toThread(roomId: string, threadId: string): Target {
  return { kind: 'thread', room_id: roomId, thread_id: threadId } as Target
}

export function toDm(dmId: string, participants: readonly string[] = ['alpha', 'beta']): Target {
  return { kind: 'dm', dm_id: dmId, participant_ids: participants } as Target
}

/** Stores messages with the ids `<prefix>1` to `<prefix>count` in one work. */
// oxlint-disable-next-line max-params -- read as a sentence
export async function fill(store: Store, target: Target, count: number, prefix = 'm'): Promise<void> {
  await store.transact(async (tx: Tx) => {
    for (let n = 1; n <= count; n++) await tx.insertMessage(draft(`${prefix}${n}`, target))
  })
}
