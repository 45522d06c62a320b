import type { Target, WakeCause, WakeRule } from '@moltnet/protocol'

/** What a durable consumer takes from one room, or from direct messages (`room` null). */
export interface StoredBinding {
  readonly room: string | null
  readonly wake: WakeRule
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
  readonly bindings: readonly StoredBinding[]
  /** Unix time of the last contact with its node, in milliseconds. */
  readonly contactAt: number
}

/** States of a wake that a row can have. A `done` wake has no row. */
export type StoredWakeState = 'pending' | 'held' | 'sent' | 'backoff' | 'dead' | 'expired' | 'dismissed'

/** A wake of a consumer: an open one, or one that ended without the agent having taken it. */
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
}

/** What changed of one consumer since it was last saved. */
export interface ConsumerChange {
  readonly actorUid: string
  readonly scan: number
  readonly contactAt: number
  /** Rows to insert or replace. */
  readonly wakes: readonly StoredWake[]
  /** Positions of wakes that are done. */
  readonly done: readonly number[]
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
  /** Agents that are announced as connected. */
  presentAgents(): Promise<readonly StoredPresence[]>
}

/** Writes of durable consumers and presence. */
export interface ConsumerTx {
  /** Inserts a consumer, or replaces it without touching its wakes. */
  putConsumer(consumer: StoredConsumer): Promise<void>
  /** Saves what many consumers became. A consumer that is gone meanwhile is skipped. */
  saveConsumers(changes: readonly ConsumerChange[]): Promise<void>
  /** Deletes a consumer with its wakes. */
  deleteConsumer(actorUid: string): Promise<void>
  /** Deletes consumers whose actor is no longer registered; resolves with how many. */
  deleteOrphanConsumers(): Promise<number>
  /** Forgets wakes that ended before a Unix time in milliseconds, at most `limit`. */
  forgetEndedWakes(endedBefore: number, limit: number): Promise<void>
  putPresence(presence: StoredPresence): Promise<void>
  deletePresence(agentId: string): Promise<void>
}
