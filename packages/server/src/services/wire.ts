import {
  type AgentEventPayload,
  type AgentRegistration,
  type AgentSummary,
  type DirectConversation,
  fqid,
  type NetworkId,
  parseAgentRef,
  type Thread,
} from '@moltnet/protocol'
import { agentKeyFqid } from '../domain/room.ts'
import type { AgentEntry, AgentRecord, StoredDm, StoredThread } from '../store/port.ts'

/** Stored objects as clients see them. */

export function wireThread(thread: StoredThread, networkId: string): Thread {
  return {
    id: thread.id,
    network_id: networkId,
    fqid: fqid(networkId, 'threads', thread.id),
    room_id: thread.roomId,
    ...(thread.parentMessageId !== undefined && { parent_message_id: thread.parentMessageId }),
    message_count: thread.messageCount,
    ...(thread.lastMessageAt !== undefined && { last_message_at: thread.lastMessageAt }),
  } as Thread
}

export function wireDm(dm: Omit<StoredDm, 'present'>, networkId: string): DirectConversation {
  return {
    id: dm.id,
    network_id: networkId,
    fqid: fqid(networkId, 'dms', dm.id),
    participant_ids: [...dm.participants],
    message_count: dm.messageCount,
    ...(dm.lastMessageAt !== undefined && { last_message_at: dm.lastMessageAt }),
  } as DirectConversation
}

export function wireRegistration(record: AgentRecord, networkId: string, token?: string): AgentRegistration {
  return {
    network_id: networkId,
    agent_id: record.agentId,
    actor_uid: record.actorUid,
    actor_uri: record.actorUri,
    ...(record.displayName !== undefined && { display_name: record.displayName }),
    ...(token !== undefined && { agent_token: token }),
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  } as AgentRegistration
}

export function wireAgent(entry: AgentEntry, networkId: string, connected: boolean): AgentSummary {
  const { registration, roomIds, key } = entry
  return {
    id: key,
    ...(registration?.displayName !== undefined && { name: registration.displayName }),
    ...(registration !== undefined && { actor_uid: registration.actorUid }),
    fqid: agentKeyFqid(key, networkId),
    network_id: (parseAgentRef(key)?.network ?? networkId) as NetworkId,
    ...(roomIds.length > 0 && { rooms: [...roomIds] }),
    connected,
  }
}

/** The payload of an event about an agent. */
export function agentPayload(o: {
  key: string
  networkId: string
  name: string | undefined
  reason?: string
}): AgentEventPayload {
  return {
    agent_id: o.key,
    network_id: (parseAgentRef(o.key)?.network ?? o.networkId) as NetworkId,
    fqid: agentKeyFqid(o.key, o.networkId),
    ...(o.name !== undefined && { name: o.name }),
    ...(o.reason !== undefined && { reason: o.reason }),
  }
}
