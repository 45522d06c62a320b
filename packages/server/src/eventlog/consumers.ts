import { getLogger } from '@logtape/logtape'
import { conversationKey } from '@moltnet/protocol'
import type { ConsumerState, GuardName } from '@moltnet/protocol'
import type { AccessContext } from '../domain/access.ts'
import { agentLimits } from '../domain/guards.ts'
import type { StoredDelivery } from '../store/consumer-port.ts'
import type { LogEntry, Store } from '../store/port.ts'
import { PUBLISHED_TEXT_PREFIX } from '../store/published-text.ts'
import { ApprovalWatches } from './approval-watches.ts'
import { Chains } from './chains.ts'
import { type AgentMessage, chainGuard } from './consumer-guard.ts'
import type { Consumer } from './consumer.ts'
import type { ConsumerContext } from './consumer-options.ts'
import { ConsumerOpening, type OpenConsumer } from './consumer-opening.ts'
import { ConsumerSaver } from './consumer-saver.ts'
import { forgetOrphans, sweepConsumers } from './consumer-sweep.ts'
import { DELIVERY_LIMITS } from './limits.ts'
import type { JournalNote } from './wake-journal.ts'
import type { OperatorEventType } from './wake-rows.ts'
import { WakeOperations } from './wake-operations.ts'

const logger = getLogger(['moltnet', 'consumers'])

/** How often idle consumers and ended wakes are looked for, in milliseconds. */
const SWEEP_MS = 3_600_000

/** What the registry is wired with. */
export interface ConsumersDeps extends Omit<ConsumerContext, 'changed' | 'chains'> {
  readonly store: Store
  readonly access: AccessContext
  readonly retention: { readonly maxAgeMs: number; readonly consumerTtlMs: number }
}

interface Attached {
  readonly consumer: Consumer
  readonly onTakenOver: () => void
}

/** All attached durable consumers: opens, ends and saves them. */
export class Consumers {
  readonly #deps: ConsumersDeps
  readonly #opening: ConsumerOpening
  readonly #attached = new Map<string, Attached>()
  /** Attached consumers by their agents. */
  readonly #ofAgent = new Map<string, Consumer>()
  /** Per actor, the end of what is being opened or saved: one thing at a time, in order. */
  readonly #busy = new Map<string, Promise<unknown>>()
  readonly #saver: ConsumerSaver
  readonly #chains: Chains
  readonly #watches: ApprovalWatches
  readonly #operations: WakeOperations
  #stopping = false
  #sweptAt = 0
  #sweeping = false

  constructor(deps: ConsumersDeps) {
    this.#deps = deps
    this.#chains = new Chains(deps.now)
    this.#saver = new ConsumerSaver(deps.store, this.#chains)
    this.#watches = new ApprovalWatches({
      ...deps,
      saver: this.#saver,
    })
    this.#operations = new WakeOperations({
      ...deps,
      chains: this.#chains,
      inOrder: (actorUid, work) =>
        this.#inOrder(actorUid, async () => {
          await this.#saver.saved()
          return work()
        }),
      attached: (actorUid) => this.#attached.get(actorUid)?.consumer,
      saved: () => this.#saver.saved(),
    })
    this.#opening = new ConsumerOpening({
      ...deps,
      chains: this.#chains,
      changed: (consumer) => this.#saver.changed(consumer),
    })
  }

  /** How many are attached. */
  get size(): number {
    return this.#attached.size
  }

  /** Open wakes of all attached consumers. */
  get pendingWakes(): number {
    let pending = 0
    for (const { consumer } of this.#attached.values()) pending += consumer.pending
    return pending
  }

  /**
   * Attaches the consumer of an actor, made at the head when there is none. An older socket of it is
   * taken over. Resolves once the consumer is durable; it sends nothing before {@link Consumer.begin}.
   */
  open(options: OpenConsumer): Promise<{ consumer: Consumer; state: ConsumerState }> {
    return this.#inOrder(options.actorUid, () => this.#open(options))
  }

  /** Ends an attached consumer; resolves when all of it is saved. */
  async end(consumer: Consumer, how: 'socket_lost' | 'server_lost'): Promise<void> {
    if (this.#attached.get(consumer.actorUid)?.consumer !== consumer) return
    const { actorUid } = consumer
    consumer.end(how)
    this.#detach(consumer)
    await this.#inOrder(actorUid, async () => {
      await this.#saver.saved()
      await this.#watch(actorUid)
    })
  }

  /** Takes up the chains, and watches for the agents that are away. Call once, before anybody attaches. */
  async start(): Promise<void> {
    this.#chains.load(await this.#deps.store.read.chains())
    for (const consumer of await this.#deps.store.read.approvalConsumers())
      await this.#watches.start(consumer)
  }

  /** Messages were stored: a human's ends a chain, those of attached agents the silence of their turns. */
  heard(entries: readonly LogEntry[]): void {
    for (const { message, position } of entries) {
      if (message === undefined) continue
      if (message.from.type === 'human') {
        this.#chains.restart(conversationKey(message.target), position)
        continue
      }
      if (message.id.startsWith(PUBLISHED_TEXT_PREFIX)) continue
      const { id, network_id: home } = message.from
      if (home !== undefined && home !== this.#deps.networkId) continue
      this.#ofAgent.get(id)?.spoke(conversationKey(message.target))
    }
  }

  /** Resolves when the ledger in the store is as it is here. */
  async flush(): Promise<void> {
    for (const { consumer } of this.#attached.values()) if (consumer.isUnsaved) consumer.saveAll()
    await this.#saver.saved()
  }

  /** The guard that would stop a message of an agent, sent now, from waking another one at once. */
  guardOn(agentId: string, message: AgentMessage): GuardName | undefined {
    const { guards, roomGuards } = this.#deps
    const consumer = this.#ofAgent.get(agentId)
    if (consumer !== undefined) return consumer.guardOn(message)
    // Its own guards, and its turns, are known while it is attached.
    return chainGuard(message.target, this.#chains, agentLimits(guards, roomGuards))
  }

  /** See {@link WakeOperations.operate}. */
  operate(wake: StoredDelivery, action: OperatorEventType, note: JournalNote): Promise<boolean> {
    return this.#operations.operate(wake, action, note)
  }

  /** Moves on what waits for time. */
  tick(now: number): void {
    for (const { consumer } of this.#attached.values()) consumer.tick(now)
    this.#watches.tick(now)
    if (now - this.#sweptAt >= SWEEP_MS) void this.sweep(now)
  }

  /** Ends consumers without contact for too long, and forgets old ends of wakes. */
  async sweep(now: number): Promise<void> {
    if (this.#sweeping) return
    this.#sweeping = true
    this.#sweptAt = now
    try {
      const { store, retention, telling } = this.#deps
      const ifIdle = (actorUid: string, work: () => Promise<void>) =>
        this.#inOrder(actorUid, async () => {
          if (this.#attached.has(actorUid)) return
          await this.#watches.stop(actorUid)
          await work()
          await this.#watch(actorUid)
        })
      const forgotten = now - Math.max(retention.maxAgeMs, retention.consumerTtlMs)
      this.#chains.forget(forgotten)
      await store.transact((tx) => tx.forgetChains(forgotten))
      await sweepConsumers({ store, telling, retention, now, ifIdle })
    } catch (error) {
      logger.error('cannot end idle consumers: {error}', { error })
    }
    this.#sweeping = false
  }

  /** Forgets the consumers of agents that were removed. */
  async forgetRemoved(): Promise<void> {
    try {
      await this.#saver.saved()
      const { store, telling, now } = this.#deps
      await forgetOrphans({ store, now: now(), telling })
      await this.#watches.prune()
    } catch (error) {
      logger.error('cannot forget the consumers of removed agents: {error}', { error })
    }
  }

  /** Resolves when everything that is known now is saved. For the end: no agent is watched afterwards. */
  async settled(): Promise<void> {
    this.#stopping = true
    await this.#watches.stopAll()
    await Promise.allSettled(this.#busy.values())
    await this.#saver.saved()
  }

  async #open(options: OpenConsumer): Promise<{ consumer: Consumer; state: ConsumerState }> {
    const { actorUid } = options
    this.#takeOver(actorUid)
    await this.#watches.stop(actorUid)
    await this.#saver.saved()
    const { consumer, rejected } = await this.#opening.open(options)
    await consumer.advance(DELIVERY_LIMITS.scanBeforeReady)
    this.#attached.set(actorUid, { consumer, onTakenOver: options.onTakenOver })
    this.#ofAgent.set(options.agent.agentId, consumer)
    return { consumer, state: { durable: true, pending: consumer.pending, rejected } }
  }

  #takeOver(actorUid: string): void {
    this.#attached.get(actorUid)?.onTakenOver()
    const left = this.#attached.get(actorUid)
    if (left === undefined) return
    // Its socket had not come to READY and so cannot end it: it has sent nothing and may be forgotten.
    left.consumer.close()
    this.#saver.drop(left.consumer)
    this.#detach(left.consumer)
  }

  #detach(consumer: Consumer): void {
    this.#attached.delete(consumer.actorUid)
    if (this.#ofAgent.get(consumer.attachedAs) === consumer) this.#ofAgent.delete(consumer.attachedAs)
  }

  /** Watches for a consumer that has no socket now. */
  async #watch(actorUid: string): Promise<void> {
    if (this.#stopping || this.#attached.has(actorUid)) return
    const consumer = await this.#deps.store.read.consumer(actorUid)
    if (consumer !== undefined) await this.#watches.start(consumer)
  }

  async #inOrder<T>(actorUid: string, work: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(actorUid) ?? Promise.resolve()
    const running = before.then(work, work)
    this.#busy.set(actorUid, running)
    try {
      return await running
    } finally {
      if (this.#busy.get(actorUid) === running) this.#busy.delete(actorUid)
    }
  }
}
