import { MoltnetError } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
import { sha256Hex } from '../authenticate.ts'
import type { RouteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { readCookie } from '../gate.ts'
import { sessionCookie, sessionCookieName } from '../sessions.ts'

/**
 * Checks a static token and starts a session for it. Gives the `Set-Cookie` value; throws `unauthorized`
 * for an unknown token and `forbidden` for one that may not see the console.
 */
export function signIn({ deps, tokens, sessions }: RouteContext, exchange: Exchange, token: string): string {
  const now = Date.now()
  const principal = tokens.find(sha256Hex(token), now)
  if (principal === undefined)
    throw new MoltnetError('unauthorized', 'this token is unknown or no longer valid')
  ensure(deps.context, principal, 'read', { kind: 'console' })
  endSession({ deps, sessions }, exchange)
  const id = sessions.create(principal, now)
  return sessionCookie({ port: deps.port(), id, secure: exchange.client.scheme === 'https' })
}

/** Ends the session of a request's cookie, if there is one, and gives the `Set-Cookie` that forgets it. */
export function endSession(
  { deps, sessions }: Pick<RouteContext, 'deps' | 'sessions'>,
  exchange: Exchange,
): string {
  const port = deps.port()
  const id = readCookie(exchange.header('cookie') ?? '', sessionCookieName(port))
  if (id !== undefined) sessions.end(id)
  return sessionCookie({ port, id: undefined, secure: exchange.client.scheme === 'https' })
}
