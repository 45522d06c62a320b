import { fqid, parseAgentRef } from './ids.ts'
import { LIMITS } from './limits.ts'
import type { Pairing } from './pairing.ts'
import type { Part } from './part.ts'

/** Kept for a later rule; as `@all` and `@room` they are plain text now. */
const RESERVED: ReadonlySet<string> = new Set(['all', 'room'])

/** Longest reference that can name a member: an FQID of two longest ids. */
const LONGEST_REFERENCE = 'molt:///agents/'.length + 2 * LIMITS.idCharacters

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
  const names = new NameTable()
  for (const member of members) {
    const ref = parseAgentRef(member)
    if (ref === undefined) continue
    const network = ref.network ?? networkId
    const canonical = fqid(network, 'agents', ref.id)
    if (known.has(canonical)) continue
    known.add(canonical)
    networks.add(network, network)
    names.add('', ref.id, canonical)
    names.add(network, ref.id, canonical)
  }

  const find = (reference: string): string | undefined => {
    if (reference.length > LONGEST_REFERENCE) return undefined
    if (reference.startsWith('molt://')) return known.has(reference) ? reference : undefined
    const colon = reference.indexOf(':')
    if (colon < 0) return names.find('', reference)
    const name = reference.slice(colon + 1)
    const scope = reference.slice(0, colon)
    // `beta:` and `beta:-)` are the short name and punctuation after it.
    if (tailStart(name) === 0) return names.find('', scope)
    const network = networks.find(scope)
    return network === undefined ? undefined : names.find(network, name)
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

/** Member ids by scope: a network, or `''` for short names. An id that two members have names nobody. */
class NameTable {
  readonly #members = new Map<string, string | undefined>()
  /** Most punctuation characters that any member's id ends with; bounds the look-ups. Almost always 0. */
  #longestTail = 0

  add(scope: string, id: string, canonical: string): void {
    const key = `${scope}/${id}`
    this.#members.set(key, this.#members.has(key) ? undefined : canonical)
    this.#longestTail = Math.max(this.#longestTail, id.length - tailStart(id))
  }

  /** The member with the longest id that `name` begins with, when only punctuation is left over. */
  find(scope: string, name: string): string | undefined {
    const shortest = tailStart(name)
    for (let end = Math.min(name.length, shortest + this.#longestTail); end >= shortest; end--) {
      const key = `${scope}/${name.slice(0, end)}`
      if (this.#members.has(key)) return this.#members.get(key)
    }
    return undefined
  }
}

/** Where the punctuation at the end of a name starts. */
function tailStart(name: string): number {
  let end = name.length
  while (end > 0 && isTailCode(name.charCodeAt(end - 1))) end -= 1
  return end
}

function isTailCode(code: number): boolean {
  return code === DOT || code === DASH || code === UNDERSCORE || code === COLON
}

const DASH = 0x2d
const DOT = 0x2e
const COLON = 0x3a
const UNDERSCORE = 0x5f

/** By character code: whether it can be part of a name, `[A-Za-z0-9._-]`. */
const NAME_CODES = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9._-]/.test(String.fromCharCode(code)) ? 1 : 0,
)

function isNameCode(code: number): boolean {
  return NAME_CODES[code] === 1
}

/** Position after the name characters that start at `from`. */
function skipName(text: string, from: number): number {
  let at = from
  while (isNameCode(text.charCodeAt(at))) at += 1
  return at
}

/** Position of the white space, `>` or end that ends a `molt://` reference. */
function skipReference(text: string, from: number): number {
  REFERENCE_END.lastIndex = from
  return REFERENCE_END.exec(text)?.index ?? text.length
}

const REFERENCE_END = /[\s>]/g

/**
 * Finds what a text mentions: `@name`, `@net:name` and `<@molt://…>`, in order. `visit` gets the span of
 * each candidate without the `@`; returning false stops the scan. Spans never overlap and every
 * character is read a bounded number of times, whatever the text.
 */
export function scanMentions(text: string, visit: (start: number, end: number) => boolean): void {
  for (let at = text.indexOf('@'); at >= 0; ) {
    const start = at + 1
    // `bob@beta.com` mentions nobody.
    const inName = at > 0 && isNameCode(text.charCodeAt(at - 1))
    const token = inName ? undefined : readToken(text, start)
    if (token?.candidate && !visit(start, token.end)) return
    at = text.indexOf('@', token?.end ?? start)
  }
}

function readToken(text: string, start: number): { end: number; candidate: boolean } {
  if (text.startsWith('molt://', start)) {
    const end = skipReference(text, start)
    // A bare `@molt://…` is taken as one word, so that nothing inside it counts, but names nobody.
    return { end, candidate: text[start - 2] === '<' && text[end] === '>' }
  }
  const nameEnd = skipName(text, start)
  if (nameEnd === start) return { end: start, candidate: false }
  if (text.charCodeAt(nameEnd) !== COLON) return { end: nameEnd, candidate: true }
  const scopedEnd = skipName(text, nameEnd + 1)
  return { end: scopedEnd > nameEnd + 1 ? scopedEnd : nameEnd, candidate: true }
}

/** What is resolved, and against whom. */
export interface ResolveMentionsOptions {
  /** `mentions` of the request. An entry may also be written as in a text, with `@`. */
  mentions?: readonly string[]
  parts: readonly Part[]
  directory: MentionDirectory
}

/**
 * The mentions of a message as stored: FQIDs of members, unique, first the request's own `mentions`,
 * then those of its text parts, in first-seen order. What names nobody, or nobody clearly, is dropped.
 */
export function resolveMentions({ mentions = [], parts, directory }: ResolveMentionsOptions): string[] {
  const found = new Set<string>()
  const add = (reference: string): boolean => {
    const member = directory.find(reference)
    if (member !== undefined) found.add(member)
    return found.size < directory.size
  }
  const addFromText = (text: string): void =>
    scanMentions(text, (start, end) => {
      // No id ends with more punctuation than an id is long; what is longer need not be copied.
      const candidate = text.slice(start, Math.min(end, start + LONGEST_REFERENCE))
      return RESERVED.has(candidate.slice(0, tailStart(candidate))) || add(candidate)
    })

  for (const mention of mentions) {
    if (mention.startsWith('@') || mention.startsWith('<@')) addFromText(mention)
    else add(mention)
  }
  for (const part of parts) {
    if (found.size >= directory.size) break
    if (part.kind === 'text' && part.text !== undefined) addFromText(part.text)
  }
  return [...found]
}
