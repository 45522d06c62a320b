import { fqid } from '@moltnet/protocol'
import type { AgentEventPayload, DeliveryState, MessageId, NetworkId, Target } from '@moltnet/protocol'
import type { AppendedType, EventDraft } from '../store/port.ts'

/** An agent as its events name it. */
export interface NamedAgent {
  readonly agentId: string
  readonly name: string | undefined
}

/** A message that woke an agent, or was to. */
export interface WokenBy {
  readonly messageId: string
  /**
   * Delivered and failed: why it concerns the agent, `mention`, `dm`, or where it was said. Updated: why the
   * wake is in its state.
   */
  readonly reason: string | undefined
  readonly target: Target
  /** The line of the ledger. */
  readonly wakeId: string
  readonly state: DeliveryState
}

/** Drafts of the events about one network's agents. */
export class AgentEvents {
  readonly #networkId: NetworkId

  constructor(networkId: NetworkId) {
    this.#networkId = networkId
  }

  connection(
    type: 'agent.connected' | 'agent.disconnected',
    agent: NamedAgent,
    debug: { readonly reason?: string; readonly error?: string },
  ): EventDraft {
    return this.#draft(type, agent, { reason: debug.reason, error: debug.error })
  }

  delivered(agent: NamedAgent, wake: WokenBy): EventDraft {
    return this.#draft('agent.wake.delivered', agent, wokenBy(wake))
  }

  /** `final`: a durable wake will not be tried again. */
  failed(agent: NamedAgent, wake: WokenBy, how: { error: string; final?: true }): EventDraft {
    return this.#draft('agent.wake.failed', agent, { ...wokenBy(wake), ...how })
  }

  /** For observers alone: how far a wake has come. */
  updated(agent: NamedAgent, wake: WokenBy, error: string | undefined): EventDraft {
    return this.#draft('agent.wake.updated', agent, { ...wokenBy(wake), error })
  }

  #draft(
    type: Extract<AppendedType, `agent.${string}`>,
    { agentId, name }: NamedAgent,
    rest: Partial<AgentEventPayload>,
  ): EventDraft {
    const network_id = this.#networkId
    const agent = { agent_id: agentId, network_id, fqid: fqid(network_id, 'agents', agentId), name, ...rest }
    return { type, scope: { kind: 'agent', agentId }, agent }
  }
}

function wokenBy({ messageId, reason, target, wakeId, state }: WokenBy): Partial<AgentEventPayload> {
  return { message_id: messageId as MessageId, reason, target, wake_id: wakeId, state }
}
