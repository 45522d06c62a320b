import type { AttachmentConfig } from '@moltnet/config'
import type { ConsumerRequest, Subscription } from '@moltnet/protocol'
import { CONSUMER_LIMITS } from '@moltnet/protocol'

/** What the attachment wants to be woken for. Conversations that never wake are left out. */
export function subscriptionOf({ rooms, dms }: AttachmentConfig): Subscription {
  return {
    rooms: rooms
      .filter((room) => room.wake !== 'never')
      .map(({ id, wake, approval }) => ({ id, wake, ...(approval && { approval }) })),
    dms: wantsDms({ dms })
      ? { enabled: true, wake: dms.wake, ...(dms.approval && { approval: true }) }
      : { enabled: false },
  }
}

/** The subscription as a durable consumer. */
export function consumerOf(config: AttachmentConfig): ConsumerRequest {
  const { kind: runtime } = config.runtime
  return { ...subscriptionOf(config), durable: true, window: CONSUMER_LIMITS.windowDefault, runtime }
}

/** Whether direct messages wake the agent. */
export function wantsDms({ dms }: Pick<AttachmentConfig, 'dms'>): boolean {
  return dms.enabled && dms.wake !== 'never'
}

/** The conversations in which an operator approves each wake, in words. */
export function approvalConversations({ rooms, dms }: AttachmentConfig): string[] {
  const held = rooms.filter((room) => room.approval && room.wake !== 'never').map((room) => `room ${room.id}`)
  return dms.enabled && dms.approval && dms.wake !== 'never' ? [...held, 'direct messages'] : held
}
