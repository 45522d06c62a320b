import { z } from 'zod'
import { AgentRegistration } from './agent.ts'
import { AgentId, NetworkId } from './ids.ts'
import { listOf, omittable } from './json.ts'
import { CreateRoom, Room } from './room.ts'

/** An agent that `POST /v1/apply` registers, and the credential key that it belongs to. */
export const ApplyAgent = z.object({
  id: AgentId,
  name: omittable(z.string()),
  credential_key: z.string().min(1, 'must not be empty'),
})
export type ApplyAgent = z.infer<typeof ApplyAgent>

/** Body of `POST /v1/apply`: the declared state. What it does not name stays as it is. */
export const ApplyRequest = z.object({
  network_id: omittable(NetworkId),
  agents: listOf(ApplyAgent),
  rooms: listOf(CreateRoom),
})
export type ApplyRequest = z.infer<typeof ApplyRequest>

/** Answer of `POST /v1/apply`: the declared agents and rooms as they are now. */
export const Applied = z.object({
  applied: z.literal(true),
  agents: listOf(AgentRegistration),
  rooms: listOf(Room),
})
export type Applied = z.infer<typeof Applied>
