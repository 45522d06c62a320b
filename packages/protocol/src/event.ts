import { z } from 'zod'
import { DirectConversation, Thread } from './conversation.ts'
import { DeliveryState } from './delivery.ts'
import { EventId, MessageId, NetworkId } from './ids.ts'
import { omittable } from './json.ts'
import { Message } from './message.ts'
import { Pairing } from './pairing.ts'
import { Room } from './room.ts'
import { Target } from './target.ts'

/** Why an agent was woken. */
export const WakeReason = z.enum(['mention', 'dm', 'targeted'])
export type WakeReason = z.infer<typeof WakeReason>

/** Why a connection changed; only shown with `server.debug_events`. */
export const ConnectionReason = z.enum([
  'attachment_ready',
  'client_closed',
  'client_going_away',
  'client_error',
  'read_timeout',
  'read_error',
  'heartbeat_write_failed',
  'event_write_failed',
  'event_stream_closed',
  'request_context_done',
  'agent_removed',
])
export type ConnectionReason = z.infer<typeof ConnectionReason>

/** Payload of every agent event; the keys after `name` depend on the type. */
export const AgentEventPayload = z.object({
  agent_id: z.string(),
  network_id: NetworkId,
  fqid: z.string(),
  name: z.string().optional(),
  message_id: omittable(MessageId),
  reason: z.string().optional(),
  target: Target.optional(),
  error: z.string().optional(),
  /** Beyond v1: true when a durable wake ended as dead or expired. */
  final: z.boolean().optional(),
  /** Beyond v1, events about wakes: the line of the ledger, and how far the delivery has come. */
  wake_id: z.string().optional(),
  state: DeliveryState.optional(),
})
export type AgentEventPayload = z.infer<typeof AgentEventPayload>

/** Payload of `stream.replay_gap`. */
export const ReplayGap = z.object({
  requested_event_id: z.string(),
  oldest_event_id: z.string(),
  newest_event_id: z.string(),
})
export type ReplayGap = z.infer<typeof ReplayGap>

const head = { id: EventId, network_id: NetworkId, created_at: z.string() }
const event = <T extends string, P extends z.ZodRawShape>(type: T, payload: P) =>
  z.object({ ...head, type: z.literal(type), ...payload })

/** An event: one entry of the log as clients see it. */
export const MoltnetEvent = z.discriminatedUnion('type', [
  event('message.created', { message: Message }),
  event('room.created', { room: Room }),
  event('room.removed', { room: Room }),
  event('room.members.updated', { room: Room }),
  event('thread.created', { thread: Thread }),
  event('dm.created', { dm: DirectConversation }),
  event('agent.connected', { agent: AgentEventPayload }),
  event('agent.disconnected', { agent: AgentEventPayload }),
  event('agent.removed', { agent: AgentEventPayload }),
  event('agent.wake.delivered', { agent: AgentEventPayload }),
  event('agent.wake.failed', { agent: AgentEventPayload }),
  event('agent.wake.updated', { agent: AgentEventPayload }),
  event('pairing.updated', { pairing: Pairing }),
  event('stream.replay_gap', { replay_gap: ReplayGap }),
])
export type MoltnetEvent = z.infer<typeof MoltnetEvent>

/** Type of an event. */
export type EventType = MoltnetEvent['type']

/** The event of one type. */
export type EventOf<T extends EventType> = Extract<MoltnetEvent, { type: T }>
