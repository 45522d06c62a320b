import { sameAgent } from '@moltnet/protocol'
import type { Scope } from '@moltnet/protocol'
import type { AccessContext, ActionOf, Decision, Refusal, Resource } from './access.ts'
import { hasScope } from './principal.ts'
import type { Principal } from './principal.ts'

/** Who asks, and under which configuration. */
export interface Caller {
  readonly context: AccessContext
  readonly principal: Principal
}

/** The rule of one kind of resource. */
export type Rule<K extends Resource['kind']> = (
  caller: Caller,
  resource: Extract<Resource, { kind: K }>,
  action: ActionOf[K],
) => Decision

export const ALLOW: Decision = { allow: true }

export function refuse(code: Refusal['code'], reason: string): Refusal {
  return { allow: false, code, reason }
}

/** Allows a credential with any of the scopes: 401 without a credential, 403 with another one. */
export function requireScope({ principal }: Caller, scopes: readonly Scope[]): Decision {
  if (scopes.some((scope) => hasScope(principal, scope))) return ALLOW
  if (principal.kind === 'anonymous')
    return refuse('unauthorized', 'this needs a credential: send Authorization: Bearer <token>')
  return refuse('forbidden', `this needs a credential with scope ${scopes.join(' or ')}`)
}

/** Whether an agent or human, in any notation, is one of a DM's participants. */
export function isParticipant(participants: readonly string[], id: string, networkId: string): boolean {
  return participants.some((participant) => sameAgent(participant, id, networkId))
}
