import type { AgentId, MemberId, NetworkId } from '@moltnet/protocol'
import type { DmBinding, NetworkConnection, RoomBinding } from '../node/types.ts'

/** A workspace's client configuration: what `moltnet send` and its kin act as. */
export interface ClientConfig {
  agent: { name?: string; runtime?: string }
  /** At least one; unique by network and member. */
  attachments: ClientAttachment[]
}

/** One identity on one network. */
export interface ClientAttachment extends NetworkConnection {
  memberId: MemberId
  agentName?: string
  runtime?: string
  rooms: RoomBinding[]
  dms: DmBinding
}

/** `.moltnet/identity.json`: who this workspace was registered as. */
export interface ClientIdentity {
  networkId: NetworkId
  agentId: AgentId
  actorUid: string
  actorUri: string
  displayName?: string
}
