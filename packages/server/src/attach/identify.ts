import { type IdentifyFrame, MoltnetError } from '@moltnet/protocol'
import type { AccessContext } from '../domain/access.ts'
import { decide } from '../domain/access.ts'
import { agentTokenKey, type Principal } from '../domain/principal.ts'
import type { HttpServices } from '../http/deps.ts'
import type { Identity } from './attachment.ts'

/** What an IDENTIFY is decided with. */
export interface IdentifyDeps {
  readonly context: AccessContext
  readonly registration: HttpServices['registration']
}

/** A settled IDENTIFY. */
export interface Identified {
  readonly identity: Identity
  readonly actorUri: string
  /** In the one answer that made it. */
  readonly agentToken: string | undefined
}

/** Registers or resolves the agent of an IDENTIFY under the caller's credential. Throws MoltnetError. */
export async function identify(
  { context, registration }: IdentifyDeps,
  principal: Principal,
  frame: IdentifyFrame,
): Promise<Identified> {
  if (frame.network_id !== context.networkId) {
    throw new MoltnetError('conflict', `this is network ${context.networkId}, not ${frame.network_id}`)
  }
  const { id, name } = frame.agent
  const decision = decide(context, principal, 'attach', { kind: 'attachment', agentId: id })
  if (!decision.allow) throw new MoltnetError(decision.code, decision.reason)
  const result = await registration.register(principal, { agentId: id, name }, 'attach')
  const { agent_id, actor_uid, actor_uri, display_name, created_at } = result.registration
  const owner = result.token === undefined ? principal : tokenOwner(result.token, agent_id)
  return {
    identity: {
      agent: { agentId: agent_id, name: display_name },
      actorUid: actor_uid,
      actorSince: created_at,
      principal: owner,
    },
    actorUri: actor_uri,
    agentToken: result.token,
  }
}

/** A claim that was answered with a token goes on as if it had been made with it. */
function tokenOwner(token: string, agentId: string): Principal {
  const sha256 = new Bun.CryptoHasher('sha256').update(token).digest('hex')
  return { kind: 'agent', credentialKey: agentTokenKey(sha256), agentId }
}
