import type { Message } from '@moltnet/protocol'
import type { EventScope } from './port.ts'

/** What a message belongs to. */
export function scopeOfMessage({ target }: Pick<Message, 'target'>): EventScope {
  switch (target.kind) {
    case 'room':
      return { kind: 'room', roomId: target.room_id }
    case 'thread':
      return { kind: 'room', roomId: target.room_id, threadId: target.thread_id }
    case 'dm':
      return { kind: 'dm', dmId: target.dm_id, participants: target.participant_ids }
  }
}
