import type { Scope } from '@moltnet/protocol'
import type { Decision } from './access.ts'
import { hasScope } from './principal.ts'
import { ALLOW, refuse, requireScope } from './rule.ts'
import type { Caller, Rule } from './rule.ts'

/** Whether the credential may assert an agent id at all, whoever owns its registration. */
export function mayAssertAgent({ context, principal }: Caller, agentId: string): Decision {
  switch (principal.kind) {
    case 'operator':
      return ALLOW
    case 'agent':
      return principal.agentId === agentId
        ? ALLOW
        : refuse('conflict', `this agent token belongs to ${principal.agentId}, not to ${agentId}`)
    case 'token':
      if (principal.agents?.has(agentId)) return ALLOW
      if (principal.agents !== null)
        return refuse('forbidden', `this token may not act as ${agentId}: it is not in its agents list`)
      break
    case 'anonymous':
      break
  }
  return context.reservedAgentIds.has(agentId)
    ? refuse('forbidden', `${agentId} is reserved for the token that lists it`)
    : ALLOW
}

/** Who may ask for a registration. What becomes of the id is settled by `settleClaim`. */
export const registrationRule: Rule<'registration'> = (caller, { agentId, via }) => {
  const { context, principal } = caller
  if (principal.kind === 'operator') return ALLOW
  if (principal.kind === 'anonymous') {
    if (context.registration !== 'open') return requireScope(caller, registrars(caller))
  } else if (via === 'attach' || !hasScope(principal, 'admin')) {
    const decision = requireScope(caller, via === 'attach' ? ['attach'] : registrars(caller))
    if (!decision.allow) return decision
  }
  // Showing an existing registration to an admin asserts nothing: settleClaim looks at that.
  if (agentId === undefined || (via === 'http' && hasScope(principal, 'admin'))) return ALLOW
  return mayAssertAgent(caller, agentId)
}

function registrars({ context }: Caller): readonly Scope[] {
  return context.registration === 'disabled' ? ['admin'] : ['admin', 'attach']
}

/** Who may attach, and as which agent. */
export const attachmentRule: Rule<'attachment'> = (caller, { agentId }) => {
  const open = caller.principal.kind === 'anonymous' && caller.context.registration === 'open'
  const decision = open ? ALLOW : requireScope(caller, ['attach'])
  return decision.allow && agentId !== undefined ? mayAssertAgent(caller, agentId) : decision
}
