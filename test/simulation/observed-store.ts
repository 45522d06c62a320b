import type { StoredConsumer } from '../../packages/server/src/store/consumer-port.ts'
import { type LogEntry, type Store, StoreFailed, type Tx } from '../../packages/server/src/store/port.ts'

/** Looks at what is written, and can refuse it. */
export interface StoreWatch {
  /** Whether the disk has no room now. */
  isFull(): boolean
  /** A consumer is durable, with the head of the log that it was made by. */
  consumerStored(consumer: StoredConsumer, head: number): void
  consumerDeleted(actorUid: string): void
  /** In log order. */
  committed(entries: readonly LogEntry[]): void
}

/** A planted fault: exchanges what a transaction works with, or keeps entries from the listeners. */
export interface StoreFault {
  tx?(tx: Tx): Partial<Tx>
  /** One of so many entries. */
  readonly skipsEntries?: number
}

/** The same store, with somebody who watches what is committed. */
export function observedStore(store: Store, watch: StoreWatch, plant?: StoreFault): Store {
  store.onCommit(({ entries }) => watch.committed(entries))
  return {
    kind: store.kind,
    networkId: store.networkId,
    epoch: store.epoch,
    read: store.read,
    failed: store.failed,
    stats: store.stats,
    get head() {
      return store.head
    },
    onCommit: (listener) =>
      store.onCommit((commit) =>
        listener({ ...commit, entries: withoutSome(commit.entries, plant?.skipsEntries) }),
      ),
    close: () => store.close(),
    async transact(work) {
      if (watch.isFull()) {
        await new Promise<void>((resolve) => setImmediate(resolve))
        throw new StoreFailed('unavailable', 'there is no space left')
      }
      const done: (() => void)[] = []
      const result = await store.transact((tx) =>
        work(observedTx(tx, { watch, done, head: store.head, plant })),
      )
      for (const note of done) note()
      return result
    },
  }
}

interface Observation {
  readonly watch: StoreWatch
  /** To be run after the commit. */
  readonly done: (() => void)[]
  readonly head: number
  readonly plant: StoreFault | undefined
}

function observedTx(tx: Tx, { watch, done, head, plant }: Observation): Tx {
  const own: Partial<Tx> = {
    putConsumer: async (consumer) => {
      await tx.putConsumer(consumer)
      done.push(() => watch.consumerStored(consumer, head))
    },
    deleteConsumer: async (actorUid, at) => {
      done.push(() => watch.consumerDeleted(actorUid))
      return await tx.deleteConsumer(actorUid, at)
    },
    ...plant?.tx?.(tx),
  }
  return new Proxy(tx, {
    get(target, name) {
      const replaced = own[name as keyof Tx]
      if (replaced !== undefined) return replaced
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function withoutSome(entries: readonly LogEntry[], every: number | undefined): readonly LogEntry[] {
  return every === undefined ? entries : entries.filter(({ position }) => position % every !== 0)
}
