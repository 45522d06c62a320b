import { z } from 'zod'
import { omittable } from './json.ts'
import { DmId, MessageId, NetworkId, RoomId, ThreadId } from './ids.ts'

/** A thread, created by the first message that targets it. */
export const Thread = z.object({
  id: ThreadId,
  network_id: NetworkId,
  fqid: z.string(),
  room_id: RoomId,
  parent_message_id: omittable(MessageId),
  message_count: z.int().nonnegative(),
  last_message_at: z.string().optional(),
})
export type Thread = z.infer<typeof Thread>

/** A direct conversation, created by its first message. `participant_ids` is sorted. */
export const DirectConversation = z.object({
  id: DmId,
  network_id: NetworkId,
  fqid: z.string(),
  participant_ids: z.array(z.string()),
  message_count: z.int().nonnegative(),
  last_message_at: z.string().optional(),
})
export type DirectConversation = z.infer<typeof DirectConversation>
