import { z } from 'zod'
import { AgentId, NetworkId } from './ids.ts'
import { MoltnetEvent } from './event.ts'
import { listOf, omittable } from './json.ts'
import { CONSUMER_LIMITS } from './limits.ts'
import { Subscription } from './wake-rules.ts'

/** Version string of every frame but ACK and PONG, where it may be absent. */
export const ATTACH_VERSION = 'moltnet.attach.v1'

const version = z.literal(ATTACH_VERSION)
const optionalVersion = omittable(version)

const guard = z.int().min(1).optional()

/**
 * Guards that a node wants for its agent. Each counts where it is stricter than what the server has: a node
 * can make its agent quieter, never louder than the server's operator allows.
 */
export const ConsumerGuards = z.object({
  chain_soft: guard,
  chain_hard: guard,
  turns_per_minute: guard,
  turns_per_hour: guard,
})
export type ConsumerGuards = z.infer<typeof ConsumerGuards>

/** What a durable consumer asks for in IDENTIFY. */
export const ConsumerRequest = Subscription.extend({
  durable: z.literal(true),
  window: z.int().min(1).max(CONSUMER_LIMITS.windowMax).default(CONSUMER_LIMITS.windowDefault),
  /** The kind of runtime behind the node, `codex`; shown to observers. */
  runtime: z.string().max(CONSUMER_LIMITS.runtimeCharacters).optional(),
  guards: ConsumerGuards.optional(),
})
export type ConsumerRequest = z.infer<typeof ConsumerRequest>

/** What READY says about the durable consumer. */
export const ConsumerState = z.object({
  durable: z.literal(true),
  /** Wakes that wait to be sent or ACKed. */
  pending: z.int().nonnegative(),
  /** Rooms of the subscription that the agent may not read, with the reason. */
  rejected: listOf(z.object({ room: z.string(), reason: z.string() })),
})
export type ConsumerState = z.infer<typeof ConsumerState>

export const HelloFrame = z.object({ op: z.literal('HELLO'), version, heartbeat_interval_ms: z.number() })
export type HelloFrame = z.infer<typeof HelloFrame>

export const IdentifyFrame = z.object({
  op: z.literal('IDENTIFY'),
  version,
  network_id: NetworkId,
  agent: z.object({ id: AgentId, name: omittable(z.string()), type: omittable(z.string()) }),
  capabilities: omittable(
    z.object({
      rooms: z.boolean().optional(),
      threads: z.boolean().optional(),
      dms: z.boolean().optional(),
      artifacts: z.boolean().optional(),
    }),
  ),
  cursor: omittable(z.string()),
  consumer: omittable(ConsumerRequest),
})
export type IdentifyFrame = z.infer<typeof IdentifyFrame>

export const ReadyFrame = z.object({
  op: z.literal('READY'),
  version,
  network_id: NetworkId,
  agent_id: z.string(),
  actor_uid: omittable(z.string()),
  actor_uri: omittable(z.string()),
  agent_token: omittable(z.string()),
  consumer: ConsumerState.optional(),
})
export type ReadyFrame = z.infer<typeof ReadyFrame>

export const EventFrame = z.object({
  op: z.literal('EVENT'),
  version,
  network_id: NetworkId,
  cursor: z.string(),
  event: MoltnetEvent,
  /** Durable consumers only: this wake was sent before. */
  redelivered: z.boolean().optional(),
  /** Durable consumers only: 1 for the first counted try. */
  attempt: z.int().positive().optional(),
})
export type EventFrame = z.infer<typeof EventFrame>

export const AckFrame = z.object({ op: z.literal('ACK'), version: optionalVersion, cursor: z.string() })
export type AckFrame = z.infer<typeof AckFrame>

/** Why a node could not take a wake. `unavailable` and `busy` never count as attempts. */
export const NackReason = z.enum(['unavailable', 'busy', 'failed', 'timeout'])
export type NackReason = z.infer<typeof NackReason>

export const NackFrame = z.object({
  op: z.literal('NACK'),
  version,
  cursor: z.string(),
  reason: NackReason,
  error: z.string().optional(),
  retry_after_ms: z.int().nonnegative().optional(),
})
export type NackFrame = z.infer<typeof NackFrame>

export const StatusFrame = z.object({
  op: z.literal('STATUS'),
  version,
  cursor: z.string(),
  state: z.enum(['turn_started', 'turn_ended']),
  detail: z.record(z.string(), z.unknown()).optional(),
})
export type StatusFrame = z.infer<typeof StatusFrame>

export const PingFrame = z.object({ op: z.literal('PING'), version })
export type PingFrame = z.infer<typeof PingFrame>

export const PongFrame = z.object({ op: z.literal('PONG'), version: optionalVersion })
export type PongFrame = z.infer<typeof PongFrame>

export const ErrorFrame = z.object({
  op: z.literal('ERROR'),
  version,
  error: z.string(),
  code: omittable(z.string()),
  retryable: z.boolean().optional(),
})
export type ErrorFrame = z.infer<typeof ErrorFrame>

/** Frames that a client may send. */
export const ClientFrame = z.discriminatedUnion('op', [
  IdentifyFrame,
  AckFrame,
  NackFrame,
  StatusFrame,
  PingFrame,
  PongFrame,
  ErrorFrame,
])
export type ClientFrame = z.infer<typeof ClientFrame>

/** Frames that a server may send. */
export const ServerFrame = z.discriminatedUnion('op', [
  HelloFrame,
  ReadyFrame,
  EventFrame,
  PingFrame,
  PongFrame,
  ErrorFrame,
])
export type ServerFrame = z.infer<typeof ServerFrame>
