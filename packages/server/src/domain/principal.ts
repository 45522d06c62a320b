import type { AuthMode, Scope } from '@moltnet/protocol'

/** Credential key of everyone when nobody has to show a credential. */
export const ANONYMOUS_KEY = 'anonymous'

/** The caller of a server with auth `none`: everything is allowed. */
export interface OperatorPrincipal {
  readonly kind: 'operator'
  readonly credentialKey: typeof ANONYMOUS_KEY
}

/** A caller without a credential where credentials exist. */
export interface AnonymousPrincipal {
  readonly kind: 'anonymous'
  readonly credentialKey: typeof ANONYMOUS_KEY
}

/** A static token of the configuration, or a console session made with one. One shared object a token. */
export interface TokenPrincipal {
  readonly kind: 'token'
  /** `token:<id>` */
  readonly credentialKey: string
  readonly tokenId: string
  readonly scopes: ReadonlySet<Scope>
  /** The only agents it may assert; null: any that is not reserved for another token. */
  readonly agents: ReadonlySet<string> | null
  /** The one network that a `pair` token speaks for; null: any remote one. */
  readonly network: string | null
  /** Unix time in milliseconds from which on it is not valid any more; absent: it stays. */
  readonly expiresAtMs?: number
}

/** An agent that showed its own token. The agent was registered when the token was looked up. */
export interface AgentPrincipal {
  readonly kind: 'agent'
  /** `agent-token:<sha256 hex>` */
  readonly credentialKey: string
  readonly agentId: string
}

/** Who calls, settled once from the request's credential. */
export type Principal = OperatorPrincipal | AnonymousPrincipal | TokenPrincipal | AgentPrincipal

/** The caller of a server with auth `none`. */
export const OPERATOR: OperatorPrincipal = { kind: 'operator', credentialKey: ANONYMOUS_KEY }

/** A caller without a credential. */
export const ANONYMOUS: AnonymousPrincipal = { kind: 'anonymous', credentialKey: ANONYMOUS_KEY }

/** Credential key of an agent token, from the SHA-256 of its value in hex. */
export function agentTokenKey(sha256Hex: string): string {
  return `agent-token:${sha256Hex}`
}

/** Credential key of a static token. */
export function staticTokenKey(tokenId: string): string {
  return `token:${tokenId}`
}

/** Whether the credential is valid no longer, at a Unix time in milliseconds. */
export function isExpired(principal: Principal, nowMs: number): boolean {
  return principal.kind === 'token' && principal.expiresAtMs !== undefined && nowMs >= principal.expiresAtMs
}

/** Whether the credential carries a scope. An agent token carries `write` and `attach` for its own agent. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  switch (principal.kind) {
    case 'operator':
      return true
    case 'anonymous':
      return false
    case 'token':
      return principal.scopes.has(scope)
    case 'agent':
      return scope === 'write' || scope === 'attach'
  }
}

/** Whether the caller sees everything that is readable at all: auth off, or `observe` or `admin`. */
export function isObserver(principal: Principal): boolean {
  return hasScope(principal, 'observe') || hasScope(principal, 'admin')
}

/** Whether the credential is a static token with both `admin` and `write` (or auth is off). */
export function isOverseer(principal: Principal): boolean {
  return hasScope(principal, 'admin') && hasScope(principal, 'write')
}

/**
 * The one agent that a credential is bound to: an agent token's agent, or the only entry of a static
 * token's `agents`. Such a credential may read what its agent may see.
 */
export function boundAgent(principal: Principal): string | null {
  if (principal.kind === 'agent') return principal.agentId
  if (principal.kind !== 'token' || principal.agents?.size !== 1) return null
  for (const agent of principal.agents) return agent
  return null
}

/** Who an agent is to the rules of access while it is not there to show a credential. */
export function agentView(mode: AuthMode, agentId: string): Principal {
  return mode === 'none' ? OPERATOR : { kind: 'agent', credentialKey: agentTokenKey(''), agentId }
}
