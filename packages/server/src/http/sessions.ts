import { randomBytes } from 'node:crypto'
import type { TokenTable } from './credentials.ts'
import type { TokenPrincipal } from '../domain/principal.ts'

/** Bounds of console sessions. */
export const SESSION_LIMITS = {
  /** A session that nobody used for this long is over, in milliseconds (12 hours). */
  idleMs: 43_200_000,
  /** No session is older than this, in milliseconds (7 days). */
  absoluteMs: 604_800_000,
  /** Sessions kept at a time; the one unused longest goes first, so that logins cannot fill the memory. */
  count: 1_024,
} as const

/** Sessions of the console: a random id in a cookie stands for a static token that was shown once. */
export interface Sessions {
  /** Starts a session and gives its id. */
  create(principal: TokenPrincipal, nowMs: number): string
  /** Who a session id stands for; undefined when it is unknown, over, or its token is not valid any more. */
  find(id: string, nowMs: number): TokenPrincipal | undefined
  end(id: string): void
}

interface Session {
  readonly tokenId: string
  readonly createdAt: number
  usedAt: number
}

/** Sessions live in memory: a restart ends them all, and no file can leak them. */
export function createSessions(tokens: TokenTable): Sessions {
  // In the order of last use. Ids are 32 random bytes: guessing one by the timing of a map is hopeless.
  const sessions = new Map<string, Session>()
  return {
    create({ tokenId }, nowMs) {
      if (sessions.size >= SESSION_LIMITS.count)
        for (const oldest of sessions.keys()) {
          sessions.delete(oldest)
          break
        }
      const id = randomBytes(32).toString('base64url')
      sessions.set(id, { tokenId, createdAt: nowMs, usedAt: nowMs })
      return id
    },
    find(id, nowMs) {
      const session = sessions.get(id)
      if (session === undefined) return undefined
      sessions.delete(id)
      const idle = nowMs - session.usedAt >= SESSION_LIMITS.idleMs
      if (idle || nowMs - session.createdAt >= SESSION_LIMITS.absoluteMs) return undefined
      const principal = tokens.findById(session.tokenId, nowMs)
      if (principal === undefined) return undefined
      session.usedAt = nowMs
      sessions.set(id, session)
      return principal
    },
    end(id) {
      sessions.delete(id)
    },
  }
}

/** Name of the cookie: cookies cross ports on one host, so the port is in the name. */
export function sessionCookieName(port: number): string {
  return `moltnet_session_${port}`
}

/** `Set-Cookie` that starts a session, or ends it (no id). */
export function sessionCookie(o: { port: number; id: string | undefined; secure: boolean }): string {
  const age = o.id === undefined ? 0 : SESSION_LIMITS.absoluteMs / 1000
  const value = `${sessionCookieName(o.port)}=${o.id ?? ''}`
  return `${value}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${o.secure ? '; Secure' : ''}`
}
