import type { ServerConfig } from '@moltnet/config'
import { MoltnetError } from '@moltnet/protocol'
import type { AccessContext, ActionOf, Resource } from '../domain/access.ts'
import { decide } from '../domain/access.ts'
import type { Principal } from '../domain/principal.ts'
import type { Store } from '../store/port.ts'

/** What every service is wired with. */
export interface ServiceDeps {
  readonly config: ServerConfig
  readonly version: string
  readonly context: AccessContext
  readonly store: Store
  /** Who is attached right now. */
  readonly presence: { isConnected(agentId: string): boolean }
  readonly metrics: { messageAccepted(): void }
  /** Cuts every socket of an agent whose credential is no longer good. */
  disconnectAgent(agentId: string, error: string): void
}

/** Throws what {@link decide} answers unless it allows. */
// oxlint-disable-next-line max-params -- the parameters of decide
export function ensure<K extends Resource['kind']>(
  context: AccessContext,
  principal: Principal,
  action: ActionOf[K],
  resource: Extract<Resource, { kind: K }>,
): void {
  const decision = decide(context, principal, action, resource)
  if (!decision.allow) throw new MoltnetError(decision.code, decision.reason)
}
