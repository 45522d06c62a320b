import {
  agentFqid,
  createMentionDirectory,
  fqid,
  type MentionDirectory,
  type NetworkId,
  parseAgentRef,
  type Room,
  type RoomId,
  type Visibility,
  type WritePolicy,
} from '@moltnet/protocol'

/** What a room is made of. `members` are member ids in any of the three notations. */
export interface RoomFields {
  readonly id: string
  readonly networkId: string
  readonly name: string
  readonly visibility: Visibility
  readonly writePolicy: WritePolicy
  readonly createdAt: string
  /** When it was removed; null for a live room. */
  readonly removedAt: string | null
  readonly members: readonly string[]
}

/** What mentions of a network's members may be written with, besides ids. One object for a server. */
export interface MentionNames {
  readonly networkId: string
  readonly networkName?: string
  /** See `pairingAliases`. */
  readonly aliases?: readonly (readonly [alias: string, networkId: string])[]
}

/**
 * A room as of one commit. Never changes: a change makes a new snapshot, so identity tells whether
 * anything derived from it (access, audiences, mention resolution) is still true.
 */
export class RoomSnapshot {
  readonly id: string
  readonly networkId: string
  readonly fqid: string
  readonly name: string
  readonly visibility: Visibility
  readonly writePolicy: WritePolicy
  readonly createdAt: string
  readonly removedAt: string | null
  /** Sorted; no agent twice, in whatever notation. */
  readonly members: readonly string[]
  readonly #agents: ReadonlySet<string>
  readonly #names: MentionNames
  #mentions: MentionDirectory | undefined

  constructor(fields: RoomFields, names: MentionNames = { networkId: fields.networkId }) {
    this.#names = names
    this.id = fields.id
    this.networkId = fields.networkId
    this.fqid = fqid(fields.networkId, 'rooms', fields.id)
    this.name = fields.name
    this.visibility = fields.visibility
    this.writePolicy = fields.writePolicy
    this.createdAt = fields.createdAt
    this.removedAt = fields.removedAt
    const unique = uniqueMembers(fields.members, fields.networkId)
    this.members = unique.members
    this.#agents = unique.keys
  }

  /** Whether the agent, named in any of the three notations as seen from this network, is a member. */
  hasAgent(agentId: string): boolean {
    if (this.#agents.has(agentId)) return true
    return this.#agents.has(agentKey(agentId, this.networkId))
  }

  /** The agents as {@link agentKey}s, in no order. */
  agentKeys(): ReadonlySet<string> {
    return this.#agents
  }

  /** Finds members by what a message calls them; made on first use. */
  get mentionDirectory(): MentionDirectory {
    this.#mentions ??= createMentionDirectory({ ...this.#names, members: this.members })
    return this.#mentions
  }

  fields(): RoomFields {
    const { id, networkId, name, visibility, writePolicy, createdAt, removedAt, members } = this
    return { id, networkId, name, visibility, writePolicy, createdAt, removedAt, members }
  }

  /** The room as clients see it, without `access`. */
  toWire(): Room {
    return {
      id: this.id as RoomId,
      network_id: this.networkId as NetworkId,
      fqid: this.fqid,
      name: this.name,
      ...(this.members.length > 0 && { members: [...this.members] }),
      visibility: this.visibility,
      write_policy: this.writePolicy,
      created_at: this.createdAt,
    }
  }
}

/**
 * One string per agent, whatever notation named it: `alpha` for an agent of network `local`,
 * `net_b:alpha` for one of another. Malformed references are returned as they are.
 */
export function agentKey(reference: string, local: string): string {
  const ref = parseAgentRef(reference)
  if (ref === undefined) return reference
  return ref.network === undefined || ref.network === local ? ref.id : `${ref.network}:${ref.id}`
}

/** The fully qualified id of an {@link agentKey}. */
export function agentKeyFqid(key: string, local: string): string {
  return agentFqid(key, local) ?? fqid(local, 'agents', key)
}

/** Sorts member ids and keeps the first notation of each agent. */
export function uniqueMembers(
  members: readonly string[],
  local: string,
): { members: readonly string[]; keys: ReadonlySet<string> } {
  const keys = new Set<string>()
  const kept: string[] = []
  for (const member of members) {
    const key = agentKey(member, local)
    if (keys.has(key)) continue
    keys.add(key)
    kept.push(member)
  }
  return { members: kept.sort(), keys }
}
