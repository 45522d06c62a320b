import type { AccessContext, Refusal } from './access.ts'
import { mayAssertAgent } from './claim-rules.ts'
import { ANONYMOUS_KEY, hasScope } from './principal.ts'
import type { Principal } from './principal.ts'
import { refuse } from './rule.ts'

/** A wish to own an agent id, after `decide(…, 'register', …)` or `decide(…, 'attach', …)` allowed it. */
export interface AgentClaim {
  readonly context: AccessContext
  readonly principal: Principal
  readonly agentId: string
  /** The registration of that id; a null key is one that was reset and waits for its next owner. */
  readonly existing: { readonly credentialKey: string | null } | undefined
  readonly via: 'http' | 'attach'
}

/** What becomes of a claim. */
export type ClaimOutcome =
  /** The id is free: register it under the caller's key. `token`: mint an agent token and own it by that. */
  | { readonly kind: 'create'; readonly token: boolean }
  /** The registration gets the caller's key (or a new token) and keeps its actor uid. */
  | { readonly kind: 'take_over'; readonly token: boolean }
  /** Nothing changes: the caller owns it already, or may see it as an operator. */
  | { readonly kind: 'show' }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }

/** Settles who owns an agent id. Pure; run it in the transaction that writes the outcome. */
export function settleClaim({ context, principal, agentId, existing, via }: AgentClaim): ClaimOutcome {
  // Only an open registration hands out a token: everybody else has a credential, or needs none.
  const token = principal.kind === 'anonymous'
  const assertion = mayAssertAgent({ context, principal }, agentId)
  const admin = via === 'http' && hasScope(principal, 'admin')
  if (existing === undefined) {
    return assertion.allow ? { kind: 'create', token } : { kind: 'refuse', refusal: assertion }
  }
  if (principal.kind === 'operator') return { kind: 'show' }
  if (existing.credentialKey === principal.credentialKey && !token) return { kind: 'show' }
  if (assertion.allow && mayTakeOver(principal, existing.credentialKey)) return { kind: 'take_over', token }
  if (admin) return { kind: 'show' }
  if (!assertion.allow) return { kind: 'refuse', refusal: assertion }
  const reason = token
    ? `agent ${agentId} is registered already and requires its agent token`
    : `agent ${agentId} is registered under another credential`
  return { kind: 'refuse', refusal: refuse('conflict', reason) }
}

/**
 * A reset registration waits for its next claim, and one that was made while auth was off for the first
 * credential that can act as the agent; the latter never goes to somebody without a credential.
 */
function mayTakeOver(principal: Principal, key: string | null): boolean {
  if (key === null) return principal.kind === 'anonymous' || hasScope(principal, 'attach')
  return key === ANONYMOUS_KEY && hasScope(principal, 'attach')
}
