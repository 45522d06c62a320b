import { z } from 'zod'
import { DeliveryCause } from './delivery.ts'

/**
 * What would become of a message for one agent. `wake`: it is sent to the agent, at once or when it is back;
 * `held`: an operator has to approve it; `no_consumer`: it is targeted at the agent and nothing would wake it;
 * `guarded`: a guard would make it wait or hold it.
 */
export const PreviewOutcome = z.enum(['wake', 'held', 'no_consumer', 'guarded'])
export type PreviewOutcome = z.infer<typeof PreviewOutcome>

/** One agent that a message is for. */
export const PreviewedWake = z.object({
  agent_id: z.string(),
  cause: DeliveryCause,
  /** Whether the agent has an attachment now. */
  connected: z.boolean(),
  outcome: PreviewOutcome,
  /** Of `held`: approval or guard; of `guarded` and `no_consumer`: why. */
  reason: z.string().optional(),
})
export type PreviewedWake = z.infer<typeof PreviewedWake>

/** Answer of `POST /v1/messages/preview`: what sending the message now would do. Nothing is stored. */
export const MessagePreview = z.object({
  /** FQIDs of the mentioned members, as the message would carry them. */
  mentions: z.array(z.string()),
  /** What reads like a mention and names no member, or no single one; as it was written, without its `@`. */
  unresolved: z.array(z.string()),
  /** By agent. */
  wakes: z.array(PreviewedWake),
})
export type MessagePreview = z.infer<typeof MessagePreview>
