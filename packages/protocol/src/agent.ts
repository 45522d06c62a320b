import { z } from 'zod'
import { AgentId, NetworkId } from './ids.ts'
import { omittable } from './json.ts'

/** Form of an agent token: `magt_v1_` and 32 random bytes in base64url. */
export const AGENT_TOKEN = /^magt_v1_[A-Za-z0-9_-]{43}$/

/** One row of the agent list: a room member, a registered agent, or both. */
export const AgentSummary = z.object({
  id: z.string(),
  name: z.string().optional(),
  actor_uid: z.string().optional(),
  fqid: z.string(),
  network_id: NetworkId,
  rooms: z.array(z.string()).optional(),
  connected: z.boolean(),
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
