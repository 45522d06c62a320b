import { fqid, oneLine, parseAgentRef } from '@moltnet/protocol'
import type { Actor, ActorClaim, NetworkId } from '@moltnet/protocol'
import type { AccessContext, Refusal } from './access.ts'
import { mayAssertAgent } from './claim-rules.ts'
import { ANONYMOUS_KEY, hasScope, isOverseer } from './principal.ts'
import type { Principal } from './principal.ts'
import { refuse } from './rule.ts'

/** What the registry knows of the claimed sender. */
export interface RegisteredSender {
  /** Key of the credential that owns the id; null: free for the next claim. */
  readonly credentialKey: string | null
  readonly displayName: string | undefined
}

/** A claim to speak, with what the store knows about it. */
export interface SenderClaim {
  readonly context: AccessContext
  readonly principal: Principal
  readonly claim: ActorClaim
  /** `origin.network_id` of the request. */
  readonly originNetworkId: string | undefined
  /** The registration of the claimed local id, if there is one. */
  readonly registered: RegisteredSender | undefined
  /** Whether the claimed local id is registered, attached or a member of a room. */
  readonly isKnownAgentId: boolean
}

/** A settled sender, or why the claim is refused. */
export type SenderDecision =
  | {
      readonly ok: true
      readonly actor: Actor
      /** Id for membership and DM rules: `alpha` here, `net_b:alpha` elsewhere. */
      readonly memberId: string
      /** The network that the message comes from; this network for local messages. */
      readonly originNetworkId: string
    }
  | { readonly ok: false; readonly code: Refusal['code']; readonly reason: string }

/**
 * The local id that a claim names, for looking up its registration; undefined when the claim names
 * another network anywhere.
 */
export function claimedLocalId(context: AccessContext, claim: ActorClaim): string | undefined {
  const named = namedNetworks(claim)
  return named.every((network) => network === context.networkId) ? parseAgentRef(claim.id)?.id : undefined
}

/**
 * Settles who sent a message, from the credential and the registry and never from the claim alone. The
 * caller has already asked {@link decide} for `send`.
 */
export function settleSender(o: SenderClaim): SenderDecision {
  const { context, claim, originNetworkId } = o
  const refusal = refuseHuman(o)
  if (refusal !== undefined) return denied(refusal)
  const remoteOrigin = originNetworkId !== undefined && originNetworkId !== context.networkId
  const localId = claimedLocalId(context, claim)
  if (remoteOrigin || localId === undefined) return settleRemote(o, remoteOrigin)
  const local = claim.type === 'human' ? refuseHumanId(o, localId) : refuseLocalAgent(o, localId)
  return local === undefined ? localSender(o, localId) : denied(local)
}

function denied({ code, reason }: Refusal): SenderDecision {
  return { ok: false, code, reason }
}

/** Step 1: which credentials speak for humans. */
function refuseHuman({ principal, claim, ...o }: SenderClaim): Refusal | undefined {
  if (claim.type !== 'human' || hasScopeForHumans(principal)) return undefined
  if (principal.kind === 'anonymous') return refuse('unauthorized', 'speaking as a human needs a credential')
  if (principal.kind === 'agent') return refuse('forbidden', 'an agent token cannot speak as a human')
  const remote = o.originNetworkId !== undefined && o.originNetworkId !== o.context.networkId
  if (remote && hasScope(principal, 'pair')) return undefined
  return refuse('forbidden', 'speaking as a human needs a token with scope write')
}

function hasScopeForHumans(principal: Principal): boolean {
  return principal.kind === 'operator' || (principal.kind === 'token' && principal.scopes.has('write'))
}

/** An id that belongs to an agent has the agent's FQID: no human may carry it. */
function refuseHumanId({ context, principal, ...o }: SenderClaim, id: string): Refusal | undefined {
  const known = principal.kind === 'operator' ? o.isKnownAgentId : o.registered !== undefined
  if (known) return refuse('conflict', `${id} is an agent: a human needs another id`)
  if (principal.kind === 'operator' || !context.reservedAgentIds.has(id)) return undefined
  return refuse('forbidden', `${id} is reserved for an agent`)
}

/** Step 4: who may speak as an agent of this network. */
function refuseLocalAgent(o: SenderClaim, id: string): Refusal | undefined {
  const { context, principal, registered } = o
  if (principal.kind === 'operator') return undefined
  if (principal.kind === 'token' && !speaksLocally(principal, id))
    return refuse('forbidden', 'a pair token speaks for agents of its own network only')
  const overseer = isOverseer(principal)
  const assertion = mayAssertAgent(o, id)
  // Reserving an id keeps other agents out, not the operator; an agents list binds even the operator.
  const bypass = overseer && principal.kind === 'token' && principal.agents === null
  if (!assertion.allow && !bypass) return assertion
  const owner = registered?.credentialKey ?? ANONYMOUS_KEY
  // Nobody owns a registration that was reset or made while auth was off.
  if (owner === ANONYMOUS_KEY) {
    if (context.mode !== 'open') return undefined
    return refuse('unauthorized', `agent ${id} is not registered: register it and use its agent token`)
  }
  if (overseer || owner === principal.credentialKey) return undefined
  return principal.kind === 'anonymous'
    ? refuse('unauthorized', `agent ${id} requires its agent token`)
    : refuse('conflict', `agent ${id} is registered under another credential`)
}

function speaksLocally(principal: Extract<Principal, { kind: 'token' }>, id: string): boolean {
  return (
    principal.scopes.has('write') || (principal.scopes.has('attach') && principal.agents?.has(id) === true)
  )
}

/** Steps 2 and 3: a sender of another network. */
function settleRemote(o: SenderClaim, remoteOrigin: boolean): SenderDecision {
  const { context, principal, claim } = o
  if (!hasScope(principal, 'pair')) {
    if (remoteOrigin) return denied(refuse('forbidden', 'a remote origin needs a credential with scope pair'))
    const reason = `${claim.id} belongs to another network: only a pair token speaks for it`
    return denied(refuse(context.mode === 'open' ? 'forbidden' : 'conflict', reason))
  }
  const network = claim.network_id
  // Without auth anybody could claim any network: there only a message that names its origin is a relayed one.
  const origin = o.originNetworkId ?? (principal.kind === 'operator' ? context.networkId : network)
  const agrees = network !== undefined && namedNetworks(claim).every((named) => named === origin)
  if (!agrees || network !== origin || network === context.networkId)
    return denied(
      refuse('conflict', 'from.network_id, from.id and from.fqid must name the network of origin.network_id'),
    )
  if (principal.kind === 'token' && principal.network !== null && principal.network !== network)
    return denied(refuse('forbidden', `this pair token speaks for network ${principal.network} alone`))
  const id = parseAgentRef(claim.id)?.id ?? claim.id
  const actor: Actor = { ...named(claim, claim.name), network_id: network, fqid: fqid(network, 'agents', id) }
  return { ok: true, actor, memberId: `${network}:${id}`, originNetworkId: network }
}

function localSender({ context, claim, registered }: SenderClaim, id: string): SenderDecision {
  const { networkId } = context
  const actor: Actor = {
    ...named({ ...claim, id: id as ActorClaim['id'] }, registered?.displayName ?? claim.name),
    network_id: networkId as NetworkId,
    fqid: fqid(networkId, 'agents', id),
  }
  return { ok: true, actor, memberId: id, originNetworkId: networkId }
}

function named(claim: ActorClaim, name: string | undefined): Actor {
  const line = name === undefined ? '' : oneLine(name)
  return line === '' ? { type: claim.type, id: claim.id } : { type: claim.type, id: claim.id, name: line }
}

/** Every network that a claim names. A malformed FQID names none: the server writes the FQID itself. */
function namedNetworks(claim: ActorClaim): string[] {
  const networks: string[] = []
  const inId = parseAgentRef(claim.id)?.network
  if (inId !== undefined) networks.push(inId)
  if (claim.network_id !== undefined) networks.push(claim.network_id)
  const inFqid = claim.fqid === undefined ? undefined : parseAgentRef(claim.fqid)?.network
  if (inFqid !== undefined) networks.push(inFqid)
  return networks
}
