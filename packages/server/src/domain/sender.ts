import type { Actor, ActorClaim } from '@moltnet/protocol'
import type { AccessContext, Refusal } from './access.ts'
import type { Principal } from './principal.ts'

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
