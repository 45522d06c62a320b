import type { AuthConfig, ServerConfig, StaticToken } from '@moltnet/config'
import type { AccessContext } from '../domain/access.ts'
import { isExpired, staticTokenKey } from '../domain/principal.ts'
import type { TokenPrincipal } from '../domain/principal.ts'

/** What the configuration says about access. */
export function accessContext(config: Pick<ServerConfig, 'auth' | 'server' | 'network'>): AccessContext {
  return {
    mode: config.auth.mode,
    publicRead: config.auth.publicRead,
    registration: config.auth.agentRegistration,
    humanIngress: config.server.humanIngress,
    directMessages: config.server.directMessages,
    networkId: config.network.id,
    reservedAgentIds: new Set(config.auth.tokens.flatMap((token) => token.agents ?? [])),
  }
}

/** The static tokens of the configuration. */
export interface TokenTable {
  /** The token with this SHA-256 (64 hex digits) at this time; undefined: unknown or expired. */
  find(sha256Hex: string, nowMs: number): TokenPrincipal | undefined
  /** The token with this id, as long as it is valid: what a console session was made with. */
  findById(id: string, nowMs: number): TokenPrincipal | undefined
}

/** Reads the tokens once. Their principals are shared objects. */
export function createTokenTable(auth: Pick<AuthConfig, 'tokens'>): TokenTable {
  const entries = auth.tokens.map((token) => ({ token, principal: tokenPrincipal(token) }))
  const valid = (entry: (typeof entries)[number] | undefined, nowMs: number) =>
    entry === undefined || isExpired(entry.principal, nowMs) ? undefined : entry.principal
  return {
    find(sha256Hex, nowMs) {
      // All entries are compared in full: how long it takes says nothing about which digits agree.
      let found: (typeof entries)[number] | undefined
      for (const entry of entries) if (equalDigits(entry.token.sha256, sha256Hex)) found = entry
      return valid(found, nowMs)
    },
    findById(id, nowMs) {
      return valid(
        entries.find((entry) => entry.token.id === id),
        nowMs,
      )
    },
  }
}

function tokenPrincipal(token: StaticToken): TokenPrincipal {
  return {
    kind: 'token',
    credentialKey: staticTokenKey(token.id),
    tokenId: token.id,
    scopes: new Set(token.scopes),
    agents: token.agents === undefined ? null : new Set<string>(token.agents),
    network: token.network ?? null,
    expiresAtMs: token.expiresAtMs,
  }
}

/** Compares two digests in a time that depends on their length alone. */
function equalDigits(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}
