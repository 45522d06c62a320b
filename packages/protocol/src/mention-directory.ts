import { fqid, parseAgentRef } from './ids.ts'
import { LIMITS } from './limits.ts'
import { tailStart } from './name-characters.ts'
import type { Pairing } from './pairing.ts'

/** Finds members by what a message calls them. Made once for a member list and used for many messages. */
export interface MentionDirectory {
  /** How many different agents it knows. */
  readonly size: number
  /**
   * The FQID of the one member that a reference names: `alpha`, `net_a:alpha` or
   * `molt://net_a/agents/alpha`. Trailing punctuation that belongs to no member's id is not held
   * against it. Undefined when nobody or more than one member is meant. Takes the same time however
   * many members there are.
   */
  find(reference: string): string | undefined
}

/** What a directory is made from. */
export interface MentionDirectoryOptions {
  /** This network. */
  networkId: string
  /** Its name, which also works before the colon of a scoped mention. */
  networkName?: string
  /** Members of the room, or participants of the DM, in any of the three notations. */
  members: readonly string[]
  /** More names of networks, as name and network id; see {@link pairingAliases}. */
  aliases?: Iterable<readonly [alias: string, networkId: string]>
}

/** Names that a pairing gives to its remote network: its own id, the remote's id and the remote's name. */
export function pairingAliases(
  pairings: Iterable<Pick<Pairing, 'id' | 'remote_network_id' | 'remote_network_name'>>,
): Array<readonly [alias: string, networkId: string]> {
  const aliases: Array<readonly [string, string]> = []
  for (const { id, remote_network_id: remote, remote_network_name: name } of pairings) {
    if (!remote) continue
    aliases.push([id, remote], [remote, remote])
    if (name) aliases.push([name, remote])
  }
  return aliases
}

/** Makes the directory of a room's members or a DM's participants. Malformed members are left out. */
export function createMentionDirectory(options: MentionDirectoryOptions): MentionDirectory {
  const { networkId, networkName, members, aliases = [] } = options
  const networks = new AliasTable()
  networks.add(networkId, networkId)
  if (networkName) networks.add(networkName, networkId)
  for (const [alias, id] of aliases) networks.add(alias, id)

  const known = new Set<string>()
  const everybody = new NameTable()
  const byNetwork = new Map<string, NameTable>()
  for (const member of members) {
    const ref = parseAgentRef(member)
    if (ref === undefined) continue
    const network = ref.network ?? networkId
    const canonical = fqid(network, 'agents', ref.id)
    if (known.has(canonical)) continue
    known.add(canonical)
    everybody.add(ref.id, canonical)
    let ofNetwork = byNetwork.get(network)
    if (ofNetwork === undefined) {
      ofNetwork = new NameTable()
      byNetwork.set(network, ofNetwork)
      networks.add(network, network)
    }
    ofNetwork.add(ref.id, canonical)
  }

  const find = (reference: string): string | undefined => {
    if (reference.startsWith('molt://')) return known.has(reference) ? reference : undefined
    const colon = reference.indexOf(':')
    if (colon < 0) return everybody.find(reference)
    const name = reference.slice(colon + 1)
    const scope = reference.slice(0, colon)
    // `beta:` and `beta:-)` are the short name and punctuation after it.
    if (tailStart(name) === 0) return everybody.find(scope)
    const network = networks.find(scope)
    return network === undefined ? undefined : byNetwork.get(network)?.find(name)
  }
  return { size: known.size, find }
}

/** Network names; one that stands for two networks stands for none. */
class AliasTable {
  readonly #networks = new Map<string, string | undefined>()

  add(alias: string, networkId: string): void {
    const same = !this.#networks.has(alias) || this.#networks.get(alias) === networkId
    this.#networks.set(alias, same ? networkId : undefined)
  }

  find(alias: string): string | undefined {
    return this.#networks.get(alias)
  }
}

/** Members by id. An id that two of them have names nobody. */
class NameTable {
  readonly #members = new Map<string, string | undefined>()
  /** Most punctuation characters that any id ends with; bounds the look-ups. Almost always 0. */
  #longestTail = 0

  add(id: string, canonical: string): void {
    this.#members.set(id, this.#members.has(id) ? undefined : canonical)
    this.#longestTail = Math.max(this.#longestTail, id.length - tailStart(id))
  }

  /** The member with the longest id that `name` begins with, when only punctuation is left over. */
  find(name: string): string | undefined {
    const shortest = tailStart(name)
    if (shortest > LIMITS.idCharacters) return undefined
    for (let end = Math.min(name.length, shortest + this.#longestTail); end >= shortest; end--) {
      const id = name.slice(0, end)
      if (this.#members.has(id)) return this.#members.get(id)
    }
    return undefined
  }
}
