import type { ServerConfig } from '@moltnet/config'
import { type AgentAttachment, type GuardName, MoltnetError, type Target } from '@moltnet/protocol'
import type { AccessContext, ActionOf, Resource } from '../domain/access.ts'
import { decide } from '../domain/access.ts'
import type { Principal } from '../domain/principal.ts'
import type { OperatorEventType } from '../eventlog/wake-rows.ts'
import type { StoredDelivery } from '../store/consumer-port.ts'
import type { Store } from '../store/port.ts'

/** What every service is wired with. */
export interface ServiceDeps {
  readonly config: ServerConfig
  readonly version: string
  readonly context: AccessContext
  readonly store: Store
  /** Who is attached right now. */
  readonly presence: { isConnected(agentId: string): boolean }
  /** The attachment of an agent as it is now. */
  attachmentOf(agentId: string): AgentAttachment | undefined
  readonly metrics: { messageAccepted(): void }
  /** Cuts every socket of an agent whose credential is no longer good. */
  disconnectAgent(agentId: string, error: string): void
  readonly ledger: LedgerControl
  /** Unix time in milliseconds. */
  now(): number
}

/** What the ledger needs of live delivery. */
export interface LedgerControl {
  /** Resolves when the store knows everything that happened to deliveries up to now. */
  flush(): Promise<void>
  /** The guard that would stop a message of an agent, sent now, from waking another one at once. */
  guardOn(
    agentId: string,
    message: { readonly target: Target; readonly byAgent: string },
  ): GuardName | undefined
  /** Does an operator's action; false when the wake's state does not have it, or its consumer is gone. */
  operate(wake: StoredDelivery, action: OperatorEventType, note: { readonly by: string }): Promise<boolean>
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
