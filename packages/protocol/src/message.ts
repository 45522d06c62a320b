import { z } from 'zod'
import { Actor, ActorClaim } from './actor.ts'
import { MessageId, NetworkId } from './ids.ts'
import { omittable } from './json.ts'
import { Part, PartClaim } from './part.ts'
import { Target, TargetClaim } from './target.ts'

/** Where a message was first accepted. */
export const Origin = z.object({ network_id: NetworkId, message_id: MessageId })
export type Origin = z.infer<typeof Origin>

/** A stored message. `mentions` holds canonical agent FQIDs, unique, in first-seen order. */
export const Message = z.object({
  id: MessageId,
  network_id: NetworkId,
  origin: Origin,
  target: Target,
  from: Actor,
  parts: z.array(Part).min(1),
  mentions: omittable(z.array(z.string())),
  created_at: z.string(),
})
export type Message = z.infer<typeof Message>

/** Body of `POST /v1/messages`. */
export const CreateMessage = z.object({
  id: omittable(MessageId),
  origin: omittable(z.object({ network_id: omittable(NetworkId), message_id: omittable(MessageId) })),
  target: TargetClaim,
  from: ActorClaim,
  parts: z.array(PartClaim).min(1, 'a message needs at least one part'),
  mentions: omittable(z.array(z.string())),
})
export type CreateMessage = z.infer<typeof CreateMessage>
