import type {
  DeliveryState,
  DeliveryStepName,
  PageQuery,
  Target,
  WakeCause,
  WakeRule,
} from '@moltnet/protocol'
import type { Slice } from './port.ts'

/** What a durable consumer takes from one room, or from direct messages (`room` null). */
export interface StoredBinding {
  readonly room: string | null
  readonly wake: WakeRule
  /** An operator approves each wake. */
  readonly approval?: boolean
  /** Log position from which it counts: the head when it was added to the subscription. */
  readonly from: number
}

/** A durable consumer: one per actor. */
export interface StoredConsumer {
  readonly actorUid: string
  readonly agentId: string
  /**
   * Log position up to which every entry was judged: each wake up to here has a row or has ended.
   * Retention of the log never passes it.
   */
  readonly scan: number
  /**
   * With bindings that ask for approval: log position up to which those were judged while the agent was
   * away. Every wake between `scan` and here has a row already.
   */
  readonly approvalScan?: number
  readonly bindings: readonly StoredBinding[]
  /** Unix time of the last contact with its node, in milliseconds. */
  readonly contactAt: number
}

/** States of a wake. */
export type StoredWakeState =
  | 'pending'
  | 'held'
  | 'sent'
  | 'backoff'
  | 'done'
  | 'dead'
  | 'expired'
  | 'dismissed'

/** What happened to a wake at one moment. Times are Unix times in milliseconds. */
export interface StoredStep {
  readonly step: DeliveryStepName
  readonly at: number
  readonly attempt?: number
  readonly reason?: string
  readonly detail?: string
  readonly error?: string
  /** `turn_ended`: what the runtime was refused or complained about. */
  readonly warnings?: readonly string[]
  /** `published`: the message. */
  readonly messageId?: string
  /** Credential key of the operator who did it. */
  readonly by?: string
}

/** The history of a wake. */
export interface StoredJournal {
  /** Oldest first. */
  readonly steps: readonly StoredStep[]
  /** Where the agent's turn stands, since the wake was last sent. */
  readonly turn: 'none' | 'sent' | 'running' | 'ended'
  /** The turn was reported to have begun, on whatever socket. */
  readonly begun: boolean
  /** It was sent once more after its socket was lost, and not because it had failed. */
  readonly resent: boolean
  /** The agent said something in the conversation during the turn; without a reported turn, since it was sent. */
  readonly spoke: boolean
  /** Why it is held. */
  readonly reason?: string
  /** An operator let exactly this wake go: no guard stops it again. */
  readonly freed?: boolean
  /** Last text of the turn, that was not published. */
  readonly finalText?: string
}

/** A wake of a consumer: an open one, or one that ended and is kept for the ledger. */
export interface StoredWake {
  /** Log position of its `message.created`. */
  readonly position: number
  /** The message, which outlives its log entry. */
  readonly messageId: string
  /** Where the message went; names the conversation whose order counts. */
  readonly target: Target
  readonly cause: WakeCause
  /** A mention or a direct message: its end is told to the network. */
  readonly targeted: boolean
  /** The agent whose message it is, `alpha` or `net_b:alpha`; undefined: a human's. */
  readonly byAgent: string | undefined
  /** Unix time of the message in milliseconds; expiry counts from it. */
  readonly createdAt: number
  readonly state: StoredWakeState
  /** Counted failures. */
  readonly attempts: number
  /** NACKs of any kind; sets the wait before the next try. */
  readonly retries: number
  /** How often it was put on a socket. */
  readonly sends: number
  /** `backoff`: Unix time in milliseconds of the next try; 0 otherwise. */
  readonly dueAt: number
  /** What the last failure said. */
  readonly error: string | undefined
  /** Unix time in milliseconds when it ended; 0 while it is open. */
  readonly endedAt: number
  /** How the ledger names its state. */
  readonly shown: DeliveryState
  readonly journal: StoredJournal
}

/** A line of the ledger: a wake, or a message that is targeted at an agent with a v1 socket. */
export interface StoredDelivery extends StoredWake {
  /** Never used twice. */
  readonly id: number
  readonly actorUid: string
  readonly agentId: string
  /** False for v1 sockets, which have no machine: `state` means nothing there. */
  readonly durable: boolean
}

/** What the newest line of the ledger about an agent says. */
export interface LatestDelivery {
  readonly id: number
  readonly agentId: string
  readonly messageId: string
  readonly shown: DeliveryState
  /** The last thing that happened. */
  readonly last: StoredStep
  /** `held`: why. */
  readonly reason: string | undefined
}

/** Which lines of the ledger a list has. */
export interface DeliveryFilter {
  readonly agentId?: string
  readonly state?: DeliveryState
  /** Only those with a text that is held for an operator. */
  readonly heldText?: boolean
}

/** What became of a targeted message on a v1 socket. */
export interface SocketDelivery {
  readonly actorUid: string
  readonly agentId: string
  readonly position: number
  readonly messageId: string
  readonly target: Target
  readonly cause: WakeCause
  /** Unix time of the message in milliseconds. */
  readonly createdAt: number
  readonly shown: 'sent' | 'acked' | 'closed'
  /** Unix time in milliseconds. */
  readonly at: number
  readonly error?: string
}

/** What changed of one consumer since it was last saved. */
export interface ConsumerChange {
  readonly actorUid: string
  /** Undefined: unchanged. */
  readonly scan?: number
  readonly approvalScan?: number
  readonly contactAt?: number
  /** Rows to insert or replace. */
  readonly wakes: readonly StoredWake[]
}

/** The wakes from agent to agent that a conversation has had in a row, without a human. */
export interface StoredChain {
  /** Its key, `room:general`. */
  readonly conversation: string
  /** Messages counted since the chain began. */
  readonly length: number
  /** Log position of the newest message that was counted, or that a human said. */
  readonly counted: number
  /** Log position of the human's message after which the chain began; 0: there was none. */
  readonly since: number
  /** Unix time in milliseconds. */
  readonly changedAt: number
}

/** An agent that was announced as connected and not yet as disconnected. */
export interface StoredPresence {
  readonly agentId: string
  readonly name: string | undefined
}

/** Reads of durable consumers and presence. */
export interface ConsumerReader {
  consumer(actorUid: string): Promise<StoredConsumer | undefined>
  /** Wakes that have not ended, by position. */
  openWakes(actorUid: string): Promise<readonly StoredWake[]>
  /** The lowest scan position of the consumers with contact at or after a Unix time in milliseconds. */
  lowestScan(contactSince: number): Promise<number | undefined>
  /** Consumers without contact since a Unix time in milliseconds, at most `limit`. */
  idleConsumers(contactBefore: number, limit: number): Promise<readonly StoredConsumer[]>
  /** Consumers with bindings that ask for approval. */
  approvalConsumers(): Promise<readonly StoredConsumer[]>
  /** Consumers that have not judged a log position. */
  consumersBehind(position: number): Promise<readonly StoredConsumer[]>
  /** The newest wakes of a consumer, at most `limit`, without those that ended before a Unix time in milliseconds. */
  recentWakes(actorUid: string, o: { endedSince: number; limit: number }): Promise<readonly StoredWake[]>
  /** Wakes of a conversation that a guard holds, of all agents, beyond a log position; by position. */
  heldByGuard(target: Target, after: number): Promise<readonly StoredDelivery[]>
  /** Every conversation's chain. */
  chains(): Promise<readonly StoredChain[]>
  /** Positions of a consumer's wakes beyond a log position. */
  wakePositions(actorUid: string, after: number): Promise<readonly number[]>
  /** A line of the ledger. */
  delivery(id: number): Promise<StoredDelivery | undefined>
  /** How many lines wait for an operator. */
  heldCounts(): Promise<{ readonly heldWakes: number; readonly heldTexts: number }>
  /** The newest line about each of these agents that has any. */
  latestDeliveries(agentIds: readonly string[]): Promise<readonly LatestDelivery[]>
  /** Every line about a message. */
  deliveriesOf(messageId: string): Promise<readonly StoredDelivery[]>
  /** Lines by id; the cursor is an id in decimal. */
  listDeliveries(query: PageQuery, filter: DeliveryFilter): Promise<Slice<StoredDelivery>>
  /** Whether an agent stored a message in a conversation after `position` and not before an instant (RFC 3339). */
  hasSpoken(o: { agentId: string; target: Target; after: number; since: string }): Promise<boolean>
  /** Agents that are announced as connected. */
  presentAgents(): Promise<readonly StoredPresence[]>
}

/** Writes of durable consumers and presence. */
export interface ConsumerTx {
  /** Inserts a consumer, or replaces it without touching its wakes. */
  putConsumer(consumer: StoredConsumer): Promise<void>
  /** Saves what many consumers became. A consumer that is gone meanwhile is skipped. */
  saveConsumers(changes: readonly ConsumerChange[]): Promise<void>
  /** Deletes a consumer. Resolves with its open wakes, which are `expired` now. `at` is a Unix time in milliseconds. */
  deleteConsumer(actorUid: string, at: number): Promise<readonly StoredDelivery[]>
  /** Deletes consumers whose actor is no longer registered. Resolves with their open wakes, which are `dismissed` now. */
  deleteOrphanConsumers(at: number): Promise<readonly StoredDelivery[]>
  /** A line of the ledger, as this transaction sees it. */
  delivery(id: number): Promise<StoredDelivery | undefined>
  /** Replaces the line of a wake that has ended, whether its consumer is still there or not. */
  putEnded(delivery: StoredDelivery): Promise<void>
  /** The line of the ledger of a consumer's wake. */
  wakeNumber(actorUid: string, position: number): Promise<number | undefined>
  /** Forgets wakes that ended before a Unix time in milliseconds, at most `limit`; resolves with how many. */
  forgetEndedWakes(endedBefore: number, limit: number): Promise<number>
  /** Saves how long chains are; one that a human restarted meanwhile is left as it is. */
  saveChains(chains: readonly StoredChain[]): Promise<void>
  /** A human spoke at a log position: the chain of the conversation, if there is one, begins anew. */
  restartChain(conversation: string, position: number): Promise<void>
  /** Forgets chains that have not changed since a Unix time in milliseconds. */
  forgetChains(changedBefore: number): Promise<void>
  /** Notes what became of targeted messages on v1 sockets; wakes of durable consumers are left alone. */
  putSocketDelivery(delivery: SocketDelivery): Promise<void>
  putPresence(presence: StoredPresence): Promise<void>
  deletePresence(agentId: string): Promise<void>
}
