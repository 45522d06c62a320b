import { z } from 'zod'
import { DmId, MemberId, MessageId, RoomId, ThreadId } from './ids.ts'
import { omittable } from './json.ts'
import { LIMITS } from './limits.ts'

/** A room as the place of a message. */
export const RoomTarget = z.object({ kind: z.literal('room'), room_id: RoomId })
export type RoomTarget = z.infer<typeof RoomTarget>

/** A thread of a room as the place of a message. */
export const ThreadTarget = z.object({
  kind: z.literal('thread'),
  room_id: RoomId,
  thread_id: ThreadId,
  parent_message_id: omittable(MessageId),
})
export type ThreadTarget = z.infer<typeof ThreadTarget>

const participants = z
  .array(MemberId)
  .max(LIMITS.membersPerRequest)
  .refine((ids) => new Set(ids).size >= 2, 'must name at least 2 different participants')

/** A direct conversation as the place of a message. */
export const DmTarget = z.object({
  kind: z.literal('dm'),
  dm_id: DmId,
  participant_ids: participants,
})
export type DmTarget = z.infer<typeof DmTarget>

/** Where a stored message stands. */
export const Target = z.discriminatedUnion('kind', [RoomTarget, ThreadTarget, DmTarget])
export type Target = z.infer<typeof Target>

/**
 * A target as a request names it. The server fills in the room of a known thread and the participants of a
 * known DM when they are left out; without a known conversation they are required (422).
 */
export const TargetClaim = z.discriminatedUnion('kind', [
  RoomTarget,
  ThreadTarget.extend({ room_id: omittable(RoomId) }),
  DmTarget.extend({ participant_ids: omittable(participants) }),
])
export type TargetClaim = z.infer<typeof TargetClaim>

/** A conversation's kind and id: the unit of order, history and sessions. */
export interface ConversationRef {
  kind: 'room' | 'thread' | 'dm'
  id: string
}

/** The conversation that a target belongs to. */
export function conversationOf(target: Target | TargetClaim): ConversationRef {
  switch (target.kind) {
    case 'room':
      return { kind: 'room', id: target.room_id }
    case 'thread':
      return { kind: 'thread', id: target.thread_id }
    case 'dm':
      return { kind: 'dm', id: target.dm_id }
  }
}

/** One string per conversation, `room:general`; also the `--target` notation of the command line. */
export function conversationKey(target: Target | TargetClaim): string {
  const { kind, id } = conversationOf(target)
  return `${kind}:${id}`
}
