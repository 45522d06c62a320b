import { fqid } from '@moltnet/protocol'
import type { AgentEventPayload, MessageId, NetworkId, Target } from '@moltnet/protocol'
import type { EventDraft } from '../store/port.ts'

/** An agent as its events name it. */
export interface NamedAgent {
  readonly agentId: string
  readonly name: string | undefined
}

/** A message that woke an agent, or was to. */
export interface WokenBy {
  readonly messageId: string
  /** Why it concerns the agent: `mention`, `dm`, or where it was said. */
  readonly reason: string
  readonly target: Target
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

  #draft(
    type: 'agent.connected' | 'agent.disconnected' | 'agent.wake.delivered' | 'agent.wake.failed',
    { agentId, name }: NamedAgent,
    rest: Partial<AgentEventPayload>,
  ): EventDraft {
    const network_id = this.#networkId
    const agent = { agent_id: agentId, network_id, fqid: fqid(network_id, 'agents', agentId), name, ...rest }
    return { type, scope: { kind: 'agent', agentId }, agent }
  }
}

function wokenBy({ messageId, reason, target }: WokenBy): Partial<AgentEventPayload> {
  return { message_id: messageId as MessageId, reason, target }
}
