import type { DeliveryConfig, GuardConfig } from '@moltnet/config'
import type { CompiledSubscription, ConsumerGuards } from '@moltnet/protocol'
import type { RoomGuards } from '../domain/guards.ts'
import type { Principal } from '../domain/principal.ts'
import type { StoredWake } from '../store/consumer-port.ts'
import type { NamedAgent } from './agent-events.ts'
import type { Chains } from './chains.ts'
import type { Consumer } from './consumer.ts'
import type { GuardActions } from './consumer-guard.ts'
import type { Fanout } from './fanout.ts'
import type { Gaps } from './gaps.ts'
import type { FrameSink } from './log-subscriber.ts'
import type { BegunTurn } from './turn-meter.ts'
import type { WakeEntries } from './wake-entries.ts'
import type { WakeTelling } from './wake-notices.ts'

/** What all consumers share. */
export interface ConsumerContext {
  readonly fanout: Fanout
  readonly gaps: Gaps
  readonly entries: WakeEntries
  readonly telling: WakeTelling
  readonly delivery: DeliveryConfig
  readonly guards: GuardConfig
  readonly roomGuards: RoomGuards
  readonly chains: Chains
  readonly networkId: string
  readonly epoch: string
  readonly stats: { redeliveries: number; readonly guardActions: GuardActions }
  /** Something must be saved before this turn's answer counts. */
  changed(consumer: Consumer): void
  now(): number
}

/** One consumer as it is attached. */
export interface ConsumerOptions {
  readonly actorUid: string
  readonly agent: NamedAgent
  readonly principal: Principal
  readonly subscription: CompiledSubscription
  /** Log position from which a binding counts, by room (null: direct messages). */
  readonly from: ReadonlyMap<string | null, number>
  readonly window: number
  readonly scan: number
  readonly wakes: readonly StoredWake[]
  /** Guards that its node wants besides the server's. */
  readonly guards: ConsumerGuards | undefined
  /** The agent's turns of the last hour. */
  readonly turns: readonly BegunTurn[]
  /** Positions beyond the scan that were judged already, while the agent was away. */
  readonly known: ReadonlySet<number>
  readonly sink: FrameSink
  /** The socket must be given up: the store or this program has a fault. */
  onFailure(error: unknown): void
}
