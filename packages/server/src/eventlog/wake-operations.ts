import { conversationKey } from '@moltnet/protocol'
import type { GuardConfig } from '@moltnet/config'
import { agentLimits, type RoomGuards } from '../domain/guards.ts'
import type { StoredDelivery } from '../store/consumer-port.ts'
import type { Store } from '../store/port.ts'
import type { Chains } from './chains.ts'
import type { Consumer } from './consumer.ts'
import { isHeldByGuard, operated, type OperatorEventType, rowOf } from './wake-rows.ts'
import { type JournalNote, wasLetGo } from './wake-journal.ts'
import { appendNotices, tell, type WakeTelling } from './wake-notices.ts'

/** What operators' actions work with. */
export interface WakeOperationsDeps {
  readonly store: Store
  readonly chains: Chains
  readonly guards: GuardConfig
  readonly roomGuards: RoomGuards
  readonly telling: WakeTelling
  /** Runs `work` when everything about the consumer is saved, and nothing else of it meanwhile. */
  inOrder<T>(actorUid: string, work: () => Promise<T>): Promise<T>
  attached(actorUid: string): Consumer | undefined
  /** Resolves once everything that changed up to now was written, or given up. */
  saved(): Promise<void>
  /** Unix time in milliseconds. */
  now(): number
}

/** What operators do with wakes, whether their agents are attached or away. */
export class WakeOperations {
  readonly #deps: WakeOperationsDeps

  constructor(deps: WakeOperationsDeps) {
    this.#deps = deps
  }

  /**
   * Does an action; resolves when it is saved. False when the state of the wake does not have it, or its
   * consumer is gone. Approving ends the chain of the conversation: a human has looked. When a guard held
   * the wake, the conversation goes on with a fresh allowance: what else the guard holds in that chain is let
   * go with it, for all agents and in order, up to the allowance.
   */
  async operate(wake: StoredDelivery, action: OperatorEventType, note: JournalNote): Promise<boolean> {
    if (action !== 'approve' || wake.state !== 'held') return this.#operate(wake, action, note)
    const conversation = conversationKey(wake.target)
    const guarded = isHeldByGuard(wake, wake.journal)
    const others = guarded ? await this.#heldWith(wake) : []
    const messages = new Set([wake, ...others].map(({ position }) => position))
    this.#deps.chains.letGo(conversation, guarded ? messages.size : 0)
    const letGo = async (some: readonly StoredDelivery[]) => {
      for (const other of some) await this.#operate(other, 'approve', { ...note, conversation: true })
    }
    await letGo(others.filter(({ position }) => position < wake.position))
    const done = await this.#operate(wake, 'approve', note)
    await letGo(others.filter(({ position }) => position >= wake.position))
    return done
  }

  #operate(wake: StoredDelivery, action: OperatorEventType, note: JournalNote): Promise<boolean> {
    const { actorUid } = wake
    const { store, attached, inOrder, saved } = this.#deps
    return inOrder(actorUid, async () => {
      const [stored, owner] = await Promise.all([store.read.delivery(wake.id), store.read.consumer(actorUid)])
      if (stored === undefined || owner === undefined) return false
      // Approving what was let go with another wake of its conversation is no mistake.
      if (action === 'approve' && wasLetGo(stored.journal)) return true
      const consumer = attached(actorUid)
      if (consumer === undefined) return this.#operateAway(stored, action, note)
      if (!consumer.operate(stored, action, note)) return false
      await saved()
      return true
    })
  }

  async #operateAway(stored: StoredDelivery, action: OperatorEventType, note: JournalNote): Promise<boolean> {
    const { store, telling, chains, now } = this.#deps
    const { actorUid, agentId } = stored
    const result = operated(stored, action, { now: now(), note })
    if (result === undefined) return false
    const row = rowOf({ facts: stored, ...result }, now())
    const agent = { agentId, name: (await store.read.agent(agentId))?.displayName }
    const notices = tell({ ...telling, agent }, row)
    const changed = chains.takeChanges()
    try {
      await store.transact(async (tx) => {
        await tx.saveConsumers([{ actorUid, wakes: [row] }])
        await tx.saveChains(changed)
        await appendNotices(tx, actorUid, notices)
      })
    } catch (error) {
      chains.notSaved(changed)
      throw error
    }
    return true
  }

  /** The other wakes that a guard holds in the same chain, as far as a fresh allowance reaches. */
  async #heldWith({ id: own, target, position }: StoredDelivery): Promise<StoredDelivery[]> {
    const { store, guards, roomGuards, chains } = this.#deps
    const { hard } = agentLimits(guards, roomGuards).chain(target)
    const held = await store.read.heldByGuard(target, chains.since(conversationKey(target)))
    // A human has spoken since: of what was held before, nobody but the operator lets more go.
    if (!held.some(({ id }) => id === own)) return []
    const messages = new Set([position])
    return held.filter((other) => {
      if (messages.size < hard) messages.add(other.position)
      return other.id !== own && messages.has(other.position)
    })
  }
}
