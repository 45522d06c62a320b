import { z } from 'zod'
import { EventId, MessageId } from './ids.ts'

/** Answer of `POST /v1/messages`: 202, after the message is durable. */
export const MessageAccepted = z.object({
  message_id: MessageId,
  event_id: EventId,
  accepted: z.literal(true),
  thread_created: z.boolean(),
  dm_created: z.boolean(),
})
export type MessageAccepted = z.infer<typeof MessageAccepted>
