import { sameAgent } from '@moltnet/protocol'
import type { AuthMode, Scope, Visibility, WritePolicy } from '@moltnet/protocol'
import type { AccessContext, Decision, RoomFacts } from '../../src/domain/access.ts'
import { agentTokenKey, ANONYMOUS, OPERATOR, staticTokenKey } from '../../src/domain/principal.ts'
import type { Principal } from '../../src/domain/principal.ts'

/** The columns of the table: every kind of caller where auth is on. */
export const CALLERS = [
  'anonymous',
  'observe',
  'write',
  'admin',
  'attach',
  'pair',
  'admin+write',
  'attach[in]',
  'attach[in,out]',
  'write[out]',
  'agent in',
  'agent out',
] as const
export type CallerName = (typeof CALLERS)[number]

export function token(
  id: string,
  scopes: Scope[],
  { agents, network }: { agents?: string[]; network?: string } = {},
): Principal {
  return {
    kind: 'token',
    credentialKey: staticTokenKey(id),
    tokenId: id,
    scopes: new Set(scopes),
    agents: agents ? new Set(agents) : null,
    network: network ?? null,
  }
}

export function agentToken(agentId: string): Principal {
  return { kind: 'agent', credentialKey: agentTokenKey(agentId), agentId }
}

const PRINCIPALS: Record<CallerName, Principal> = {
  anonymous: ANONYMOUS,
  observe: token('observe', ['observe']),
  write: token('write', ['write']),
  admin: token('admin', ['admin']),
  attach: token('attach', ['attach']),
  pair: token('pair', ['pair']),
  'admin+write': token('both', ['admin', 'write']),
  'attach[in]': token('one', ['attach'], { agents: ['in'] }),
  'attach[in,out]': token('two', ['attach'], { agents: ['in', 'out'] }),
  'write[out]': token('writer', ['write'], { agents: ['out'] }),
  'agent in': agentToken('in'),
  'agent out': agentToken('out'),
}

/** Configurations: `none` has one caller, the operator; the others have every caller. */
export const MODES = {
  none: { mode: 'none', publicRead: false, registration: 'disabled' },
  bearer: { mode: 'bearer', publicRead: false, registration: 'disabled' },
  'bearer+token': { mode: 'bearer', publicRead: false, registration: 'token' },
  'bearer+public': { mode: 'bearer', publicRead: true, registration: 'disabled' },
  open: { mode: 'open', publicRead: true, registration: 'open' },
} as const satisfies Record<string, { mode: AuthMode; publicRead: boolean; registration: string }>
export type ModeName = keyof typeof MODES

export function contextOf(mode: ModeName, change: Partial<AccessContext> = {}): AccessContext {
  return {
    ...MODES[mode],
    humanIngress: true,
    directMessages: true,
    networkId: 'net_a',
    reservedAgentIds: new Set(),
    ...change,
  }
}

/** The callers of a mode, in column order. */
export function callersOf(mode: ModeName): Principal[] {
  return mode === 'none' ? [OPERATOR] : CALLERS.map((name) => PRINCIPALS[name])
}

/** A room with the agent `in` (and others given) as members. */
export function roomOf(
  visibility: Visibility,
  writePolicy: WritePolicy = 'members',
  members: readonly string[] = ['in'],
): RoomFacts {
  return {
    visibility,
    writePolicy,
    members,
    hasAgent: (id) => members.some((member) => sameAgent(member, id, 'net_a')),
  }
}

/** `+` allowed, `1` 401, `3` 403, `4` 404, `9` 409. */
export function mark(decision: Decision): string {
  if (decision.allow) return '+'
  return { unauthorized: '1', forbidden: '3', not_found: '4', conflict: '9' }[decision.code]
}
