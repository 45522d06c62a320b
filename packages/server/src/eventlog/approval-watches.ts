import { getLogger } from '@logtape/logtape'
import type { AccessContext } from '../domain/access.ts'
import { agentView } from '../domain/principal.ts'
import type { StoredConsumer } from '../store/consumer-port.ts'
import type { Store } from '../store/port.ts'
import { ApprovalWatch } from './approval-watch.ts'
import { asksForApproval, subscriptionOf } from './bindings.ts'
import type { ConsumerSaver } from './consumer-saver.ts'
import type { Fanout } from './fanout.ts'
import { DELIVERY_LIMITS } from './limits.ts'
import type { WakeTelling } from './wake-notices.ts'
import { isHeldByGuard } from './wake-rows.ts'

const logger = getLogger(['moltnet', 'consumers'])

/** What watches are run with. */
export interface ApprovalWatchesDeps {
  readonly store: Store
  readonly fanout: Fanout
  readonly access: AccessContext
  readonly networkId: string
  readonly saver: ConsumerSaver
  readonly telling: WakeTelling
  now(): number
}

/** The watches of all agents that are away and whose wakes need approval. */
export class ApprovalWatches {
  readonly #deps: ApprovalWatchesDeps
  /** By actor. */
  readonly #watches = new Map<string, ApprovalWatch>()
  #savedAt = 0

  constructor(deps: ApprovalWatchesDeps) {
    this.#deps = deps
  }

  /** Watches for a consumer whose agent is away, if it asks for approvals. */
  async start(consumer: StoredConsumer): Promise<void> {
    const { actorUid, agentId } = consumer
    const bindings = consumer.bindings.filter(asksForApproval)
    if (bindings.length === 0 || this.#watches.has(actorUid)) return
    const { store, fanout, access, networkId, saver, telling, now } = this.#deps
    const subscription = subscriptionOf(bindings)
    await fanout.directory.prepareRooms([...subscription.rooms.keys()])
    const watch = new ApprovalWatch({
      fanout,
      networkId,
      consumer,
      teller: { ...telling, agent: { agentId, name: (await store.read.agent(agentId))?.displayName } },
      subscription,
      principal: agentView(access.mode, agentId),
      // What a guard holds takes no memory here.
      open: (await store.read.openWakes(actorUid)).filter((wake) => !isHeldByGuard(wake, wake.journal))
        .length,
      changed: (changed) => saver.changed(changed),
      onFailure: (error) => {
        this.#watches.delete(actorUid)
        logger.error('cannot watch for wakes of {agent} to approve: {error}', { agent: agentId, error })
      },
      now,
    })
    this.#watches.set(actorUid, watch)
    watch.join()
  }

  /** Ends the watch of a consumer; resolves when all of it is saved. */
  async stop(actorUid: string): Promise<void> {
    const watch = this.#watches.get(actorUid)
    if (watch === undefined) return
    this.#watches.delete(actorUid)
    watch.close()
    this.#deps.saver.changed(watch)
    await this.#deps.saver.saved()
  }

  /** Ends the watches of consumers that are gone. */
  async prune(): Promise<void> {
    for (const actorUid of [...this.#watches.keys()])
      if ((await this.#deps.store.read.consumer(actorUid)) === undefined) await this.stop(actorUid)
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#watches.keys()].map((actorUid) => this.stop(actorUid)))
  }

  /** Saves the positions from time to time, so that a restart has not everything to judge again. */
  tick(now: number): void {
    if (now - this.#savedAt < DELIVERY_LIMITS.watchSaveMs) return
    this.#savedAt = now
    for (const watch of this.#watches.values()) this.#deps.saver.changed(watch)
  }
}
