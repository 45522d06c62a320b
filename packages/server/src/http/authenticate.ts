import { AGENT_TOKEN, MoltnetError } from '@moltnet/protocol'
import type { AuthMode } from '@moltnet/protocol'
import type { TokenTable } from './credentials.ts'
import { agentTokenKey, ANONYMOUS, OPERATOR } from '../domain/principal.ts'
import type { Principal } from '../domain/principal.ts'
import type { Exchange } from './exchange.ts'
import { readCookie } from './gate.ts'
import type { Sessions } from './sessions.ts'

/** What credentials are checked against. */
export interface AuthenticatorOptions {
  readonly mode: AuthMode
  readonly tokens: TokenTable
  readonly sessions: Sessions
  /** The agent that owns a credential key, from committed state. */
  agentOfCredential(credentialKey: string): Promise<string | undefined> | string | undefined
  cookieName(): string
}

/** Settles who asks. Throws `unauthorized` for a credential that is malformed, unknown or over. */
export type Authenticator = (exchange: Exchange) => Promise<Principal>

/** A bearer credential: no spaces, no control characters, no more than any token of ours could need. */
const BEARER = /^bearer +([\x21-\x7e]{1,1024})$/i

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { mode, tokens, sessions } = options

  async function ofToken(token: string): Promise<Principal> {
    const digest = sha256Hex(token)
    const known = tokens.find(digest, Date.now())
    if (known !== undefined) return known
    if (AGENT_TOKEN.test(token)) {
      const credentialKey = agentTokenKey(digest)
      const agentId = await options.agentOfCredential(credentialKey)
      if (agentId !== undefined) return { kind: 'agent', credentialKey, agentId }
    }
    throw new MoltnetError('unauthorized', 'this token is unknown or no longer valid')
  }

  return async (exchange) => {
    if (mode === 'none') return OPERATOR
    const header = exchange.request.headers.get('authorization')
    if (header !== null) {
      const token = BEARER.exec(header)?.[1]
      if (token !== undefined) return ofToken(token)
      throw new MoltnetError('unauthorized', 'the Authorization header must be: Bearer <token>')
    }
    const cookies = exchange.request.headers.get('cookie')
    const session = cookies === null ? undefined : readCookie(cookies, options.cookieName())
    if (session === undefined) return ANONYMOUS
    const principal = sessions.find(session, Date.now())
    if (principal !== undefined) return principal
    throw new MoltnetError('unauthorized', 'this session is over: sign in again')
  }
}

/** SHA-256 of a token in hex, as the configuration and the registry keep it. */
export function sha256Hex(text: string): string {
  return Bun.SHA256.hash(text, 'hex')
}
