import { type CompiledSubscription, evaluateWake } from '@moltnet/protocol'
import type { ConsumerOptions } from './consumer-options.ts'
import type { Envelope } from './envelope.ts'
import type { WakeFacts } from './lane.ts'

/** Who subscribes to what. */
export interface Subscriber {
  readonly subscription: CompiledSubscription
  readonly networkId: string
  readonly agentId: string
}

/** Whether a binding of a consumer takes what stands at a position of the log. */
export function isBound(
  { subscription: { rooms, dms }, from }: Pick<ConsumerOptions, 'subscription' | 'from'>,
  room: string | null,
  position: number,
): boolean {
  const binding = room === null ? dms : rooms.get(room)
  return binding !== undefined && binding.wake !== 'never' && position > (from.get(room) ?? 0)
}

/** The wake that a subscription makes of an entry, and whether an operator has to approve it; undefined: none. */
export function wakeOf(
  { entry: { position, message }, byAgent, createdAt }: Envelope,
  { subscription, networkId, agentId }: Subscriber,
): { readonly facts: WakeFacts; readonly approval: boolean } | undefined {
  if (message === undefined) return undefined
  const decision = evaluateWake({ subscription, networkId, agentId, message })
  if (!decision.wake) return undefined
  const { reason: cause, targeted, approval } = decision
  const { id: messageId, target } = message
  return { facts: { position, messageId, target, cause, targeted, byAgent, createdAt }, approval }
}
