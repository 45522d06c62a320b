import { z } from 'zod'
import { DeliveryState } from './delivery.ts'
import { AgentId, MessageId, NetworkId } from './ids.ts'
import { omittable } from './json.ts'

/** Form of an agent token: `magt_v1_` and 32 random bytes in base64url. */
export const AGENT_TOKEN = /^magt_v1_[A-Za-z0-9_-]{43}$/

/** The attachment of an agent as it is now. Only observers see it. */
export const AgentAttachment = z.object({
  /** Through a durable consumer; false for v1 sockets. */
  durable: z.boolean(),
  /** The kind of its runtime, if its node says so. */
  runtime: z.string().optional(),
  /** Wakes that a turn runs with; 0 for v1 sockets, which tell nothing of turns. */
  turns: z.int().nonnegative(),
  /** Wakes that wait to be sent or ACKed, those of running turns included. */
  pending: z.int().nonnegative(),
  /** Wakes that wait for an operator. */
  held: z.int().nonnegative(),
  /** When it became ready. */
  since: z.string(),
})
export type AgentAttachment = z.infer<typeof AgentAttachment>

/** The newest line of the ledger about an agent. Only observers see it. */
export const AgentLastWake = z.object({
  id: z.string(),
  message_id: MessageId,
  state: DeliveryState,
  /** When it came to that state. */
  at: z.string(),
  reason: z.string().optional(),
})
export type AgentLastWake = z.infer<typeof AgentLastWake>

/** One row of the agent list: a room member, a registered agent, or both. */
export const AgentSummary = z.object({
  id: z.string(),
  name: z.string().optional(),
  actor_uid: z.string().optional(),
  fqid: z.string(),
  network_id: NetworkId,
  rooms: z.array(z.string()).optional(),
  connected: z.boolean(),
  attachment: AgentAttachment.optional(),
  last_wake: AgentLastWake.optional(),
})
export type AgentSummary = z.infer<typeof AgentSummary>

/** Body of `POST /v1/agents/register`. */
export const RegisterAgent = z.object({ requested_agent_id: omittable(AgentId), name: omittable(z.string()) })
export type RegisterAgent = z.infer<typeof RegisterAgent>

/** A registration. `agent_token` is only in the one answer that created it. */
export const AgentRegistration = z.object({
  network_id: NetworkId,
  agent_id: AgentId,
  actor_uid: z.string(),
  actor_uri: z.string(),
  display_name: z.string().optional(),
  agent_token: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
})
export type AgentRegistration = z.infer<typeof AgentRegistration>
