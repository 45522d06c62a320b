import type { AttachmentConfig } from '@moltnet/config'
import type { ConsumerRequest, Subscription } from '@moltnet/protocol'
import { CONSUMER_LIMITS } from '@moltnet/protocol'

/**
 * What the attachment wants to be woken for. Conversations whose wakes need an operator's approval wake
 * nobody yet, so they are left out like those that never wake: what is asked for is also answered.
 */
export function subscriptionOf({ rooms, dms }: AttachmentConfig): Subscription {
  return {
    rooms: rooms
      .filter((room) => room.wake !== 'never' && !room.approval)
      .map(({ id, wake }) => ({ id, wake })),
    dms: wantsDms({ dms }) ? { enabled: true, wake: dms.wake } : { enabled: false },
  }
}

/** The subscription as a durable consumer. */
export function consumerOf(config: AttachmentConfig): ConsumerRequest {
  return { ...subscriptionOf(config), durable: true, window: CONSUMER_LIMITS.windowDefault }
}

/** Whether direct messages wake the agent. */
export function wantsDms({ dms }: Pick<AttachmentConfig, 'dms'>): boolean {
  return dms.enabled && dms.wake !== 'never' && !dms.approval
}

/** The conversations that wake nobody because each wake would need an approval, in words. */
export function approvalConversations({ rooms, dms }: AttachmentConfig): string[] {
  const held = rooms.filter((room) => room.approval && room.wake !== 'never').map((room) => `room ${room.id}`)
  return dms.enabled && dms.approval && dms.wake !== 'never' ? [...held, 'direct messages'] : held
}
