import type { AgentSummary, Delivery, DeliveryState } from '@moltnet/protocol'

/** How a ping ended. */
export type Outcome =
  /** The agent answered with the nonce. */
  | 'answered'
  /** It said something else, or nothing; its turn went well. */
  | 'spoke'
  | 'silent'
  /** The runtime took the wake, and nothing is known of its turn. */
  | 'taken'
  | 'failed'
  | 'dead'
  | 'expired'
  | 'dismissed'
  | 'held'
  | 'not_woken'
  | 'timeout'

/** What a ping has found, in words. */
export interface Verdict {
  outcome: Outcome
  /** A whole sentence. */
  explanation: string
  /** What helps; absent when nothing is wrong. */
  fix?: string
}

/** What there is to judge. */
export interface Evidence {
  agentId: string
  agent: AgentSummary
  /** The line of the ledger; undefined when there is none for this agent. */
  delivery: Delivery | undefined
  /** Whether the agent sent the nonce to the conversation. */
  answered: boolean
  nonce: string
  isDm: boolean
}

/**
 * What a delivery that has come to rest means; undefined while it goes on. A refused wake comes again by
 * itself, so it only counts as failed when its runtime took it.
 */
export function verdictOf(evidence: Evidence): Verdict | undefined {
  const { agentId, delivery, answered } = evidence
  if (delivery === undefined) return notWoken(evidence, undefined)
  // An agent that has answered may still be in its turn, and that may still fail.
  if (answered && WENT_WELL.has(delivery.state)) return answeredBy(agentId)
  switch (delivery.state) {
    case 'spoke':
      return {
        outcome: 'spoke',
        explanation: `${agentId} spoke, but without the nonce.`,
        fix: 'read the conversation: the wake works, and what the agent makes of it is up to the agent',
      }
    case 'silent':
      return silent(evidence, delivery)
    case 'acked':
      return {
        outcome: 'taken',
        explanation: `${agentId} took the wake, and its node does not tell of turns (a v1 socket).`,
        fix: 'attach it with moltnet node to see its turns',
      }
    case 'failed':
      return isRefusal(delivery) ? undefined : failed(evidence, delivery)
    case 'dead':
      return {
        ...failed(evidence, delivery),
        outcome: 'dead',
        fix: `mend the runtime, then run moltnet wakes retry ${delivery.id ?? ''}`,
      }
    case 'held':
      return held(evidence, delivery)
    case 'no_consumer':
    case 'closed':
      return notWoken(evidence, delivery.reason)
    case 'expired':
    case 'dismissed':
      return {
        outcome: delivery.state,
        explanation: `the wake was ${delivery.state} before ${agentId} could take it.`,
        fix: `moltnet wakes retry ${delivery.id ?? ''}`,
      }
    default:
      return undefined
  }
}

/** What a ping that has run out of time says: where the wake is. */
export function lateVerdict(evidence: Evidence, timeoutMs: number): Verdict {
  const { agentId, agent, delivery } = evidence
  if (evidence.answered) return answeredBy(agentId)
  const seconds = timeoutMs / 1_000
  const late = (where: string, fix: string): Verdict => ({
    outcome: 'timeout',
    explanation: `no answer within ${seconds} s: ${where}`,
    fix,
  })
  const last = delivery?.steps.at(-1)
  if (last?.step === 'guarded') {
    return late(
      `a guard lets it wait (${last.detail ?? last.reason}).`,
      'wait, or set guards of the room or the agent; moltnet trace shows what it did',
    )
  }
  switch (delivery?.state) {
    case 'failed':
      return late(
        `the node of ${agentId} cannot hand it over (${delivery.reason}: ${delivery.error ?? 'no reason given'}).`,
        'mend that; the wake comes again by itself. See moltnet node status',
      )
    case 'sent':
      return late(
        `the node of ${agentId} has it and its runtime has not begun.`,
        'see moltnet node status: other turns may be running, or the runtime may not answer',
      )
    case 'turn_started':
      return late(`${agentId} still works on it.`, 'give it more time with --timeout')
    default:
      break
  }
  if (agent.connected) {
    return late(
      'the wake waits on the server, behind others or for room in the window.',
      `moltnet wakes --agent ${agentId}`,
    )
  }
  return late(
    `${agentId} is not attached, so the wake waits on the server.`,
    'start its node: moltnet node start. moltnet node status shows why it cannot attach',
  )
}

const WENT_WELL: ReadonlySet<DeliveryState> = new Set<DeliveryState>(['spoke', 'silent', 'acked'])

function answeredBy(agentId: string): Verdict {
  return { outcome: 'answered', explanation: `${agentId} answered with the nonce.` }
}

function isRefusal({ reason }: Delivery): boolean {
  return reason === 'unavailable' || reason === 'busy'
}

function failed({ agentId }: Evidence, { reason, error }: Delivery): Verdict {
  return {
    outcome: 'failed',
    explanation: `the turn of ${agentId} went wrong (${reason ?? 'failed'}): ${error ?? 'no reason given'}`,
    fix: 'see the log of its node and of its runtime; the wake comes again by itself until it is dead',
  }
}

function silent({ agentId, nonce }: Evidence, { final_text, id }: Delivery): Verdict {
  const outcome = 'silent'
  if (final_text?.includes(nonce)) {
    return {
      outcome,
      explanation: `${agentId} answered with the nonce, but only in its own log: it did not send it.`,
      fix: `tell the agent to answer with moltnet send, or set final_text: publish for it; moltnet wakes publish ${id ?? ''} sends this answer`,
    }
  }
  const said = final_text === undefined ? 'said nothing at all' : 'sent nothing'
  return {
    outcome,
    explanation: `${agentId} ended its turn well and ${said}.`,
    fix: `moltnet wakes --agent ${agentId}${id === undefined ? '' : ` shows ${id}`}; does the agent have the moltnet skill?`,
  }
}

function held({ agentId }: Evidence, { reason, id = '' }: Delivery): Verdict {
  const why =
    reason === 'guard'
      ? `a guard against loops or costs holds the wake of ${agentId}`
      : `the wakes of ${agentId} in this conversation wait for an operator`
  return {
    outcome: 'held',
    explanation: `${why}.`,
    fix: `moltnet wakes approve ${id}, or moltnet wakes dismiss ${id}`,
  }
}

function notWoken({ agentId, agent, isDm }: Evidence, reason: string | undefined): Verdict {
  const outcome = 'not_woken'
  const why = reason === undefined ? '' : ` (${reason})`
  if (!agent.connected && agent.last_wake === undefined) {
    return {
      outcome,
      explanation: `${agentId} has never been attached by a node${why}, so nothing wakes it.`,
      fix: 'add it to the attachments of a MoltnetNode and run moltnet node start',
    }
  }
  if (isDm) {
    return {
      outcome,
      explanation: `direct messages do not wake ${agentId}${why}.`,
      fix: 'set dms: { enabled: true } for its attachment, or ping it in a room: --target room:<id>',
    }
  }
  return {
    outcome,
    explanation: `messages in this conversation do not wake ${agentId}${why}.`,
    fix: 'add the room to the rooms of its attachment with a wake rule other than never',
  }
}
