import type { ServerConfig } from '@moltnet/config'
import type { AgentAttachment } from '@moltnet/protocol'
import type { WebSocketHandler } from 'bun'
import type { AccessContext } from '../domain/access.ts'
import type { GuardActions } from '../eventlog/consumer-guard.ts'
import type { EventLog } from '../eventlog/log.ts'
import type { WakeMeter } from '../eventlog/wake-notices.ts'
import type { AttachGateway, EventStreams, HttpServices } from '../http/deps.ts'
import type { LedgerControl } from '../services/deps.ts'
import type { Store } from '../store/port.ts'
import type { PresenceTracker } from './presence.ts'

/** What live delivery is wired with. */
export interface DeliveryDeps {
  readonly config: ServerConfig
  readonly context: AccessContext
  readonly store: Store
  readonly log: EventLog
  readonly registration: HttpServices['registration']
  readonly presence: PresenceTracker
  readonly meter: WakeMeter
  /** Unix time in milliseconds, by the clock of the store. */
  now(): number
}

/** Who is attached right now. Made before the services, which ask it. */
export interface Presence {
  /** Whether the agent has at least one attachment after READY. */
  isConnected(agentId: string): boolean
}

/** Everything live: attachments, event streams, durable consumers. */
export interface Delivery {
  readonly attach: AttachGateway
  /** The handlers of `Bun.serve({ websocket })`. */
  readonly websocket: WebSocketHandler<unknown>
  readonly streams: EventStreams
  readonly stats: DeliveryStats
  /** The attachment of an agent as it is now. */
  attachmentOf(agentId: string): AgentAttachment | undefined
  /** Puts right what an earlier process left behind. Call once, before the server listens. */
  start(): Promise<void>
  /** Cuts every socket of an agent with an ERROR, in this turn of the loop. */
  disconnectAgent(agentId: string, error: string): void
  readonly ledger: LedgerControl
  /**
   * Closes streams and sockets (1012), waits for what they report to be stored, and terminates what is
   * left. Call while the store still takes writes.
   */
  stop(): Promise<void>
}

/** Figures for metrics; counters only grow. */
export interface DeliveryStats {
  /** Attachments after READY. */
  readonly attachments: number
  /** Sockets of `/v1/attach` in any state. */
  readonly sockets: number
  readonly streams: number
  /** Attached durable consumers. */
  readonly consumers: number
  /** Open wakes of attached durable consumers. */
  readonly pendingWakes: number
  readonly framesSent: number
  readonly redeliveries: number
  /** Sockets and streams that were cut because they took nothing for too long. */
  readonly stalled: number
  readonly guardActions: Pick<GuardActions, 'of'>
  /** Sum and count of the seconds between a commit and the last frame that it caused at once. */
  readonly deliverySeconds: { readonly sum: number; readonly count: number }
}
