import type { Message, NackReason, NetworkId, Target } from '@moltnet/protocol'
import type { Look, RuntimeHealth } from './health.ts'

/**
 * Drives one kind of runtime for one attachment. It hands over a wake and reports how the turn ended;
 * it never reconnects to Moltnet, filters, acknowledges or publishes. The attachment calls it once at a
 * time per conversation, side by side for different ones.
 */
export interface Adapter {
  /**
   * Runs one turn to its end. When `signal` fires, ends the turn with all its processes and returns soon
   * (any outcome: the caller knows why it fired). Throws only for faults of the node itself.
   */
  deliver(wake: Wake, session: Session, signal: AbortSignal): Promise<DeliveryOutcome>
  /**
   * Whether the runtime is there and would take a wake: installed, answering, letting the node in. Costs no
   * turn and changes nothing. Never throws; may run beside turns, and not after `close`.
   */
  diagnose(look: Look): Promise<RuntimeHealth>
  /** Ends what is kept between turns: a program, a connection. Called once, after the last turn. */
  close(): Promise<void>
}

/** What a runtime is to be told. */
export interface Wake {
  networkId: NetworkId
  /** Where the messages are, and where an answer belongs. */
  target: Target
  /** In log order; empty for the bootstrap turn. */
  messages: readonly Message[]
  /** Which try of these messages this is, from 1, as far as server and node know. */
  attempt: number
  /** The text for the runtime: a fresh session may be told more than one that knows the conversation. */
  prompt(session: 'fresh' | 'known'): string
  /** To be called when the runtime has begun; further calls do nothing. */
  started(): void
}

/** The runtime's session of one conversation, kept over restarts. */
export interface Session {
  /** Names the conversation and the attachment; never shared with another attachment. */
  readonly key: string
  /** The runtime's id of the session, when it had a turn before. */
  readonly runtimeId: string | undefined
  /** Keeps the runtime's id for the next turn. */
  remember(runtimeId: string): void
  /** The runtime does not know the session any more. */
  forget(): void
}

/** How a turn ended. */
export type DeliveryOutcome =
  /**
   * To its end. `text` is what the runtime said last, `''` when nothing. `said` is what the agent asked to
   * have sent to the conversation and the runtime did not send itself; it is published in this order.
   */
  | { type: 'delivered'; text: string; said?: string[]; warnings: string[] }
  /** Not taken; trying again costs the message no attempt. */
  | {
      type: 'retry'
      reason: Extract<NackReason, 'unavailable' | 'busy'>
      error: string
      retryAfterMs?: number
    }
  /** Taken, but not to its end. */
  | { type: 'failed'; reason: Extract<NackReason, 'failed' | 'timeout'>; error: string; warnings: string[] }
