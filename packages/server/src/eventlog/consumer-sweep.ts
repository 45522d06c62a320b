import { getLogger } from '@logtape/logtape'
import type { StoredConsumer } from '../store/consumer-port.ts'
import type { Store } from '../store/port.ts'
import { tell, type WakeTelling, appendNotices } from './wake-notices.ts'

const logger = getLogger(['moltnet', 'consumers'])

/** Consumers looked at, and ended wakes forgotten, in one transaction. */
const BATCH = 256

/** What a sweep works with. */
export interface SweepOptions {
  readonly store: Store
  readonly telling: WakeTelling
  /** `maxAgeMs`: how long the end of a wake is kept. */
  readonly retention: { readonly maxAgeMs: number; readonly consumerTtlMs: number }
  /** Unix time in milliseconds. */
  readonly now: number
  /** Runs `work` unless the consumer has a socket, and keeps it from getting one meanwhile. */
  ifIdle(actorUid: string, work: () => Promise<void>): Promise<void>
}

/**
 * Ends consumers without contact for longer than their time to live: their open wakes expire, with
 * events about each, and the consumer goes. Also forgets consumers of removed agents and old ends of wakes.
 */
export async function sweepConsumers(options: SweepOptions): Promise<void> {
  const { store, retention, now } = options
  await forgetOrphans(options)
  await forgetEnded(options)
  const since = now - retention.consumerTtlMs
  for (const idle of await store.read.idleConsumers(since, BATCH)) {
    await options.ifIdle(idle.actorUid, async () => {
      const consumer = await store.read.consumer(idle.actorUid)
      if (consumer !== undefined && consumer.contactAt < since) await endConsumer(options, consumer)
    })
  }
}

/** Forgets the consumers of agents that were removed; their open wakes are dismissed, with an event each. */
export async function forgetOrphans({
  store,
  telling,
  now,
}: Pick<SweepOptions, 'store' | 'telling' | 'now'>): Promise<void> {
  await store.transact(async (tx) => {
    for (const wake of await tx.deleteOrphanConsumers(now)) {
      const agent = { agentId: wake.agentId, name: undefined }
      await appendNotices(tx, wake.actorUid, tell({ ...telling, agent }, wake))
    }
  })
}

/** One bounded transaction after another, so that no write waits long for it. */
async function forgetEnded({ store, retention, now }: SweepOptions): Promise<void> {
  const before = now - retention.maxAgeMs
  while ((await store.transact((tx) => tx.forgetEndedWakes(before, BATCH))) === BATCH) continue
}

async function endConsumer(
  { store, telling, now }: SweepOptions,
  { actorUid, agentId }: StoredConsumer,
): Promise<void> {
  const agent = { agentId, name: (await store.read.agent(agentId))?.displayName }
  const expired = await store.transact(async (tx) => {
    const wakes = await tx.deleteConsumer(actorUid, now)
    for (const wake of wakes) await appendNotices(tx, actorUid, tell({ ...telling, agent }, wake))
    return wakes.length
  })
  logger.info('the durable consumer of {agent} had no contact for too long; wakes expired: {wakes}', {
    agent: agentId,
    wakes: expired,
  })
}
