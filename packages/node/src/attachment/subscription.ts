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
  const guards = guardsOf(config)
  return {
    ...subscriptionOf(config),
    durable: true,
    window: CONSUMER_LIMITS.windowDefault,
    runtime,
    ...(guards !== undefined && { guards }),
  }
}

/** The guards of the attachment, as IDENTIFY has them; undefined: it has none of its own. */
function guardsOf({ guards }: Pick<AttachmentConfig, 'guards'>): ConsumerRequest['guards'] {
  const { chainSoft, chainHard, turnsPerMinute, turnsPerHour } = guards
  const wanted = {
    ...(chainSoft !== undefined && { chain_soft: chainSoft }),
    ...(chainHard !== undefined && { chain_hard: chainHard }),
    ...(turnsPerMinute !== undefined && { turns_per_minute: turnsPerMinute }),
    ...(turnsPerHour !== undefined && { turns_per_hour: turnsPerHour }),
  }
  return Object.keys(wanted).length > 0 ? wanted : undefined
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
