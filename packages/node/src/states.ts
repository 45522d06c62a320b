import type { RuntimeKind } from '@moltnet/config'
import type { AgentId, NetworkId } from '@moltnet/protocol'

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

/** One attachment as operators see it. */
export interface AttachmentState {
  agentId: AgentId
  networkId: NetworkId
  runtime: RuntimeKind
  status: AttachmentStatus
  /** Turns that run now; they go on without a connection. */
  turns: number
  /** Messages that wait for a turn. */
  waiting: number
}
