import { getLogger } from '@logtape/logtape'
import type { Environment } from '@moltnet/config'
import type { AttachmentConfig, TokenSource } from '@moltnet/config/node'
import { resolveTokenSource, writeTokenFile } from '@moltnet/config/node'
import { messageOf } from '../errors.ts'

/** The token of one attachment, which a server may give only when the agent is first attached. */
export interface Credential {
  /** The token now; undefined without authentication and before a claim. */
  token(): string | undefined
  /** Keeps the token that the server has shown once. Never throws. */
  claimed(token: string): Promise<void>
  /** Where the agent's own programs find it: never in a variable, which they do not inherit. */
  readonly source: TokenSource
}

const logger = getLogger(['moltnet', 'node', 'credential'])

/**
 * Reads the token of an attachment. `earlier` is its credential of before: a claimed token that could not
 * be written is only there. Throws a ConfigError for a source that is empty or missing.
 */
export async function openCredential(
  { agent, moltnet }: AttachmentConfig,
  env: Environment,
  earlier?: Credential,
): Promise<Credential> {
  const resolved = await resolveTokenSource(moltnet.token, { env })
  let token = resolved.kind === 'token' ? resolved.token : undefined
  if (resolved.kind === 'claim') token = earlier?.token()
  return {
    token: () => token,
    async claimed(next) {
      token = next
      if (moltnet.token.kind !== 'file') {
        logger.error(
          'the server gave {agent} a token, but no token_path is configured to keep it; it is lost with this process',
          {
            agent: agent.id,
          },
        )
        return
      }
      try {
        await writeTokenFile(moltnet.token.path, next)
      } catch (error) {
        // Giving up here would lose the identity: the server never shows the token again.
        logger.error(
          'the token of {agent} could not be written to {path} and is lost with this process: {error}',
          {
            agent: agent.id,
            path: moltnet.token.path,
            error: messageOf(error),
          },
        )
      }
    },
    source:
      moltnet.token.kind === 'env' && token !== undefined
        ? { kind: 'value', token, rule: moltnet.token.rule }
        : moltnet.token,
  }
}
