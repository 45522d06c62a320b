import type { RateLimit, ServerConfig, ServerLimits } from '@moltnet/config'
import { MoltnetError } from '@moltnet/protocol'
import { isOverseer } from '../domain/principal.ts'
import type { Principal } from '../domain/principal.ts'
import type { Client } from './client.ts'
import { rateKey } from './network-address.ts'
import { createTokenBuckets } from './token-buckets.ts'

/**
 * Limits of the HTTP side that are not configured. Those that are stand in `server.limits`
 * (`ServerLimits` of @moltnet/config), those of the wire in `LIMITS` of @moltnet/protocol.
 */
export const HTTP_LIMITS = {
  /** Headers above this are refused by the HTTP parser itself (431, no body), in bytes. */
  parserHeaderBytes: 16_384,
} as const

/** A request that a rate limit looks at. */
export interface RatedRequest {
  readonly client: Client
  readonly principal: Principal
}

/** Rate limits; each throws `rate_limited` with the time to wait. */
export interface RateLimits {
  /** `POST /v1/messages`, per credential; a token with `admin` and `write` is the operator's own. */
  message(request: RatedRequest): void
  /** Claims of agent ids, per address: registrations but those of an admin, attachments without a credential. */
  registration(request: RatedRequest): void
  /** Handshakes of attachments, per address. */
  attach(request: RatedRequest): void
  /** Reads without a credential, per address. */
  anonymousRead(request: RatedRequest): void
}

const pass = (): void => {}
const NO_LIMITS: RateLimits = { message: pass, registration: pass, attach: pass, anonymousRead: pass }

export function createRateLimits(config: Pick<ServerConfig, 'auth' | 'server'>): RateLimits {
  const { limits, listen, trustedProxies } = config.server
  const withoutAuth = config.auth.mode === 'none'
  // A server for oneself on one's own machine: nobody to protect it from. Where only this machine can
  // connect, no address has to be looked up for that.
  if (withoutAuth && listen.exposure === 'loopback' && trustedProxies.length === 0) return NO_LIMITS
  const exempts = ({ client }: RatedRequest) => withoutAuth && client.isLoopback
  const rated = (name: RateName, what: string, keyOf: (request: RatedRequest) => string | undefined) =>
    rule({ limit: limits[name], what, keyOf, exempts })
  const byAddress = ({ client }: RatedRequest) => rateKey(client.address)
  const byCredential = (request: RatedRequest) => {
    const { principal } = request
    if (principal.kind === 'operator' || principal.kind === 'anonymous') return byAddress(request)
    return isOverseer(principal) ? undefined : principal.credentialKey
  }
  return {
    message: rated('messages', 'messages', byCredential),
    registration: rated('registrations', 'registrations', (request) =>
      isAdminToken(request) ? undefined : byAddress(request),
    ),
    attach: rated('attaches', 'attachments', byAddress),
    anonymousRead: rated('anonymousReads', 'reads without a credential', byAddress),
  }
}

function isAdminToken({ principal }: RatedRequest): boolean {
  return principal.kind === 'token' && principal.scopes.has('admin')
}

type RateName = {
  [K in keyof ServerLimits]-?: ServerLimits[K] extends RateLimit | undefined ? K : never
}[keyof ServerLimits]

interface RateRule {
  readonly limit: RateLimit | undefined
  /** What there is too much of. */
  readonly what: string
  /** Whose bucket; undefined: not limited. */
  readonly keyOf: (request: RatedRequest) => string | undefined
  readonly exempts: (request: RatedRequest) => boolean
}

function rule({ limit, what, keyOf, exempts }: RateRule): (request: RatedRequest) => void {
  if (limit === undefined) return pass
  const buckets = createTokenBuckets(limit)
  return (request) => {
    if (exempts(request)) return
    const key = keyOf(request)
    const waitSeconds = key === undefined ? 0 : buckets.take(key, performance.now())
    if (waitSeconds > 0)
      throw new MoltnetError('rate_limited', `too many ${what}`, { retryAfterSeconds: waitSeconds })
  }
}

/** Refuses a request whose header names and values are longer than `max` together. */
export function checkHeaderSize(request: Request, max: number): void {
  // The parser has refused those already.
  if (max >= HTTP_LIMITS.parserHeaderBytes) return
  let size = 0
  for (const [name, value] of request.headers) size += name.length + value.length
  if (size > max) throw new MoltnetError('payload_too_large', `the headers are larger than ${max} bytes`)
}
