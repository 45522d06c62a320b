import { z } from 'zod'
import { MemberId, NetworkId, RoomId } from './ids.ts'
import { omittable } from './json.ts'
import { LIMITS } from './limits.ts'

/** Who may read a room besides its members and observers. */
export const Visibility = z.enum(['private', 'public'])
export type Visibility = z.infer<typeof Visibility>

/** Who may write into a room. */
export const WritePolicy = z.enum(['members', 'registered_agents', 'operators'])
export type WritePolicy = z.infer<typeof WritePolicy>

/** What the asking credential may do with a room; on reads only. */
export const RoomAccess = z.object({ can_read: z.boolean(), can_write: z.boolean(), reason: z.string() })
export type RoomAccess = z.infer<typeof RoomAccess>

/** A room. `members` is sorted and unique. */
export const Room = z.object({
  id: RoomId,
  network_id: NetworkId,
  fqid: z.string(),
  name: z.string(),
  members: omittable(z.array(z.string())),
  visibility: Visibility.default('private'),
  write_policy: WritePolicy.default('members'),
  access: RoomAccess.optional(),
  created_at: z.string(),
})
export type Room = z.infer<typeof Room>

const memberList = z.array(MemberId).max(LIMITS.membersPerRequest)

/** Body of `POST /v1/rooms`, and a room of `POST /v1/apply`. */
export const CreateRoom = z.object({
  id: RoomId,
  name: omittable(z.string()),
  members: omittable(memberList),
  visibility: omittable(Visibility),
  write_policy: omittable(WritePolicy),
})
export type CreateRoom = z.infer<typeof CreateRoom>

/** Body of `PATCH /v1/rooms/{id}/members`. */
export const UpdateRoomMembers = z.object({ add: omittable(memberList), remove: omittable(memberList) })
export type UpdateRoomMembers = z.infer<typeof UpdateRoomMembers>

/** Answer of the soft removals. */
export const Removed = z.object({
  removed: z.literal(true),
  kind: z.enum(['room', 'agent']),
  id: z.string(),
  mode: z.literal('soft').optional(),
})
export type Removed = z.infer<typeof Removed>
