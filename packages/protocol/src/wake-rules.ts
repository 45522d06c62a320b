import { z } from 'zod'
import { RoomId } from './ids.ts'
import { CONSUMER_LIMITS } from './limits.ts'

/** Which messages of a conversation wake an agent. */
export const WakeRule = z.enum(['all', 'mentions', 'thread_only', 'never'])
export type WakeRule = z.infer<typeof WakeRule>

/** A room of a subscription: its rule, and whether an operator approves each wake. */
export const RoomSubscription = z.object({
  id: RoomId,
  wake: WakeRule,
  approval: z.boolean().optional(),
})
export type RoomSubscription = z.infer<typeof RoomSubscription>

/** Direct messages of a subscription. */
export const DmSubscription = z.object({
  enabled: z.boolean(),
  wake: WakeRule.optional(),
  approval: z.boolean().optional(),
})
export type DmSubscription = z.infer<typeof DmSubscription>

/** What an attachment wants to be woken for; the same value on server and node. */
export const Subscription = z.object({
  rooms: z.array(RoomSubscription).max(CONSUMER_LIMITS.subscriptionRooms),
  dms: DmSubscription.optional(),
})
export type Subscription = z.infer<typeof Subscription>
