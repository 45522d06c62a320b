import type { ConsumerRequest, EventFrame, NackReason, ReadyFrame } from '@moltnet/protocol'
import type { BackoffPlan } from './backoff.ts'
import type { Plain } from './plain.ts'

/** A durable consumer's subscription; `window` defaults to 64. */
export type ConsumerWish = Omit<Plain<ConsumerRequest>, 'window'> & { window?: number }

/** Who attaches, where, and what it wants to be woken for. */
export interface AttachmentOptions {
  /** http or https; a path prefix is kept. */
  baseUrl: string
  /**
   * Asked anew at every connect. Sent as an `Authorization` header, which Bun and Node can do; a browser
   * cannot, there the attachment works by session cookie and a token is refused at once.
   */
  token?: () => string | undefined
  networkId: string
  agent: { id: string; name?: string; type?: string }
  /** Asks for a durable consumer. A server that knows none gives a v1 attachment instead. */
  consumer?: ConsumerWish
  /** Where a v1 attachment resumes: the id of the last event that is done. */
  cursor?: string
  /**
   * Keeps an agent token, which a server shows only once. Awaited before `ready` is handed out; when it
   * throws, the iteration throws that error. Until the token source gives one it is used from memory.
   */
  onAgentToken?: (token: string) => void | Promise<void>
  /** An event that this version cannot read was passed over. */
  onUnreadable?: (event: UnreadableEvent) => void
  /** In [0, 1); spreads the reconnects of many nodes. Default `Math.random`. */
  random?: () => number
  /** For tests and unusual networks. */
  timing?: Partial<AttachmentTiming>
}

/** An event of a type that this version does not know, or one that breaks its schema. */
export interface UnreadableEvent {
  cursor: string
  reason: string
  /** Whether the type is one of this version: then something is wrong, else the server is newer. */
  known: boolean
}

/** Times of an attachment in milliseconds. */
export interface AttachmentTiming {
  /** For each of: connection, HELLO, READY. */
  handshakeMs: number
  /** The connection counts as dead after this long without any frame. */
  readMs: number
  /** Wait after another node took this agent over. */
  takenOverMs: number
  /** `close` waits this long for the server's answer. */
  closeMs: number
  reconnect: BackoffPlan
}

/** One thing that happened. The attachment reconnects by itself unless it says otherwise. */
export type AttachmentItem =
  /** The server took the attachment. `ready.consumer` is there when it is durable. */
  | { type: 'ready'; ready: ReadyFrame }
  | AttachmentEvent
  /** The connection is gone or was never made. */
  | { type: 'disconnected'; reason: string; code?: number; retryInMs: number }
  /**
   * The server said no, or there is nothing to ask it with (token source, platform). With
   * `retryInMs: null` it will not be asked again and the iteration ends.
   */
  | { type: 'refused'; error: string; code?: string; retryInMs: number | null }
  /** Another node attached this agent; this one tries again after ten minutes. */
  | { type: 'taken_over'; error: string; retryInMs: number }

/**
 * An event to be handled and then answered with `ack` or `nack`, once; later answers are ignored. The same
 * event may come again on a later connection while its turn still runs: answering either item counts.
 */
export interface AttachmentEvent {
  type: 'event'
  frame: EventFrame
  /** Handled. Kept for the next connection of a durable consumer when there is none now. */
  ack(): void
  /**
   * Not handled: to be delivered again. A durable consumer tells the server; ignored when the event's
   * connection is gone, since the server then sends it again anyway. On a v1 server the event stays
   * un-ACKed and the client itself hands it out again after the wait.
   */
  nack(answer: { reason: NackReason; error?: string; retryAfterMs?: number }): void
  /**
   * Reports the turn for the server's ledger; a durable consumer on a live connection only. False: it was not
   * sent and will not be.
   */
  status(state: 'turn_started' | 'turn_ended', detail?: Record<string, unknown>): boolean
}

/**
 * A standing attachment of one agent. It connects when the iteration begins, and may be iterated once.
 * Leaving the loop closes it. Items that wait for the consumer are bounded: past the bound the connection
 * is closed and taken up again, without loss, when the consumer has caught up.
 */
export interface Attachment extends AsyncIterable<AttachmentItem> {
  /**
   * Of a v1 attachment: the newest event up to which all are ACKed, to be given as `cursor` by a later
   * process. Undefined with a durable consumer, whose position the server keeps.
   */
  readonly cursor: string | undefined
  /** Ends the iteration and closes the connection; resolves when it is closed. May be called again. */
  close(reason?: string): Promise<void>
}
