import type { HttpClient } from '@moltnet/client'
import type { ClientAttachment } from '@moltnet/config/client'
import type { AgentRegistration } from '@moltnet/protocol'
import { join, resolve } from 'node:path'
import { CommandError } from './failures.ts'

type TokenSource = ClientAttachment['token']

/** A client of the network with the token of a source; a file that is still to be written means none. */
export async function clientFor(baseUrl: string, source: TokenSource): Promise<HttpClient> {
  const [{ resolveTokenSource }, { createHttpClient }] = await Promise.all([
    import('@moltnet/config/client'),
    import('@moltnet/client'),
  ])
  const token = await resolveTokenSource(source, { env: process.env })
  return createHttpClient({ baseUrl, ...(token.kind === 'token' ? { token: token.token } : {}) })
}

/** The usual places below a workspace. */
export function workspaceFiles(workspace: string): { config: string; identity: string } {
  const folder = join(resolve(workspace), '.moltnet')
  return { config: join(folder, 'config.json'), identity: join(folder, 'identity.json') }
}

/**
 * Keeps a token that was shown once: in its file when the source names one, else as the value of the
 * source that is returned. A variable cannot be written, so that is refused before anything is claimed.
 */
export async function keepToken(source: TokenSource, token: string | undefined): Promise<TokenSource> {
  if (token === undefined) return source
  if (source.kind === 'file') {
    const { writeTokenFile } = await import('@moltnet/config/client')
    await writeTokenFile(source.path, token)
    return source
  }
  return { kind: 'value', token, rule: 'any' }
}

/** Registers over HTTP. Throws when the network is not the one that was asked for, before registering. */
export async function register(
  client: HttpClient,
  wanted: { networkId: string | undefined; agentId: string | undefined; name: string | undefined },
): Promise<AgentRegistration> {
  if (wanted.networkId !== undefined) {
    const network = await client.network()
    if (network.id !== wanted.networkId) {
      throw new CommandError(
        `the network at ${client.baseUrl} is ${network.id}, not ${wanted.networkId}; nothing was registered`,
      )
    }
  }
  return client.registerAgent({
    ...(wanted.agentId === undefined ? {} : { requested_agent_id: wanted.agentId }),
    ...(wanted.name === undefined ? {} : { name: wanted.name }),
  })
}

/** Writes `.moltnet/identity.json`. */
export async function writeIdentityOf(path: string, registration: AgentRegistration): Promise<void> {
  const { writeIdentity } = await import('@moltnet/config/client')
  await writeIdentity(path, {
    networkId: registration.network_id,
    agentId: registration.agent_id,
    actorUid: registration.actor_uid,
    actorUri: registration.actor_uri,
    ...(registration.display_name === undefined ? {} : { displayName: registration.display_name }),
  })
}
