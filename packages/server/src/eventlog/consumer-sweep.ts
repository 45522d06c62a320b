import { getLogger } from '@logtape/logtape'
import type { StoredConsumer } from '../store/consumer-port.ts'
import type { Store } from '../store/port.ts'
import type { AgentEvents } from './agent-events.ts'

const logger = getLogger(['moltnet', 'consumers'])

/** Consumers looked at, and ended wakes forgotten, in one transaction. */
const BATCH = 256

/** What a sweep works with. */
export interface SweepOptions {
  readonly store: Store
  readonly events: AgentEvents
  /** `maxAgeMs`: how long the end of a wake is kept. */
  readonly retention: { readonly maxAgeMs: number; readonly consumerTtlMs: number }
  /** Unix time in milliseconds. */
  readonly now: number
  /** Runs `work` unless the consumer has a socket, and keeps it from getting one meanwhile. */
  ifIdle(actorUid: string, work: () => Promise<void>): Promise<void>
}

/**
 * Ends consumers without contact for longer than their time to live: their open wakes expire, with an
 * event each, and the consumer goes. Also forgets consumers of removed agents and old ends of wakes.
 */
export async function sweepConsumers(options: SweepOptions): Promise<void> {
  const { store, retention, now } = options
  await store.transact((tx) => tx.deleteOrphanConsumers(now))
  await forgetEnded(options)
  const since = now - retention.consumerTtlMs
  for (const idle of await store.read.idleConsumers(since, BATCH)) {
    await options.ifIdle(idle.actorUid, async () => {
      const consumer = await store.read.consumer(idle.actorUid)
      if (consumer !== undefined && consumer.contactAt < since) await endConsumer(options, consumer)
    })
  }
}

/** One bounded transaction after another, so that no write waits long for it. */
async function forgetEnded({ store, retention, now }: SweepOptions): Promise<void> {
  const before = now - retention.maxAgeMs
  while ((await store.transact((tx) => tx.forgetEndedWakes(before, BATCH))) === BATCH) continue
}

async function endConsumer(
  { store, events, now }: SweepOptions,
  { actorUid, agentId }: StoredConsumer,
): Promise<void> {
  const agent = { agentId, name: (await store.read.agent(agentId))?.displayName }
  const wakes = await store.read.openWakes(actorUid)
  await store.transact(async (tx) => {
    for (const { messageId, cause, target } of wakes) {
      const how = { error: 'the agent was not attached for too long', final: true } as const
      await tx.append(events.failed(agent, { messageId, reason: cause, target }, how))
    }
    await tx.deleteConsumer(actorUid, now)
  })
  logger.info('the durable consumer of {agent} had no contact for too long; {wakes} wakes expired', {
    agent: agentId,
    wakes: wakes.length,
  })
}
