import type { RuntimeKind } from '@moltnet/config'
import type { AgentId, MessageId, NackReason, NetworkId } from '@moltnet/protocol'
import type { RuntimeHealth } from './adapters/health.ts'

/** What an attachment is doing. Times are milliseconds since 1970. */
export type AttachmentStatus =
  /** Checks, leftovers of an earlier process, first connection. */
  | { kind: 'starting' }
  | { kind: 'connected' }
  /** Connected, with at least one turn running. */
  | { kind: 'busy' }
  /** Not connected; goes on by itself at `until`. */
  | { kind: 'backing_off'; until: number; reason: string }
  /** Not connected, and only an operator can change that. */
  | { kind: 'failed'; reason: string }

/** How the last turn of an attachment ended. */
export interface LastWake {
  /** In log order; empty for a bootstrap turn. */
  messages: readonly MessageId[]
  outcome: 'delivered' | 'retry' | 'failed'
  reason?: NackReason
  error?: string
  at: number
  durationMs: number
}

/** What the server said when it took the attachment. */
export interface Attached {
  delivery: 'durable' | 'v1'
  /** Rooms that the agent may not read, so they wake nobody. */
  rejected: readonly { room: string; reason: string }[]
}

/** One attachment as operators see it. */
export interface AttachmentState {
  agentId: AgentId
  networkId: NetworkId
  runtime: RuntimeKind
  status: AttachmentStatus
  /** When it came into this kind of status. */
  since: number
  /** Turns that run now; they go on without a connection. */
  turns: number
  /** Messages that wait for a turn. */
  waiting: number
  /** Absent until the runtime was looked at. */
  health?: RuntimeHealth & { at: number }
  lastWake?: LastWake
  /** Absent before the first READY. */
  attached?: Attached
}

/** What changed about an attachment. */
export type AttachmentChange = Partial<
  Pick<AttachmentState, 'status' | 'turns' | 'waiting' | 'health' | 'lastWake' | 'attached'>
>

/** Tells what an attachment is doing. */
export type Report = (change: AttachmentChange) => void
