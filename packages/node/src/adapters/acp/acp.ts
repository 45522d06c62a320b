import { NODE_LIMITS } from '../../limits.ts'
import type { Adapter, DeliveryOutcome } from '../adapter.ts'
import { missingProgram } from '../program.ts'
import { unavailable } from '../health.ts'
import type { AcpAgentOptions, StartFailure } from './agent-process.ts'
import { AcpAgent } from './agent.ts'
import type { AgentTimes } from './agent.ts'
import { diagnoseAgent, installOf } from './health.ts'
import { ABORTED, deliverToAgent } from './deliver.ts'
import type { AcpDelivery } from './deliver.ts'

/**
 * Any agent that speaks the Agent Client Protocol over stdio. One process serves all conversations of the
 * attachment, a session each; the agent makes the session ids.
 */
export function createAcpAdapter(options: AcpAgentOptions, times?: AgentTimes): Adapter {
  const agent = new AcpAgent(options, times)
  const { runtime } = options
  const attempt = async (delivery: AcpDelivery) => {
    const outcome = await agent.use(delivery.signal, async (started) =>
      started.type === 'process'
        ? await deliverToAgent(started, delivery)
        : notStarted(started, runtime.command),
    )
    return outcome === 'aborted' ? ABORTED : outcome
  }
  return {
    async deliver(wake, session, signal) {
      const delivery = { runtime, wake, session, signal }
      const outcome = await attempt(delivery)
      const again = outcome === 'stale' ? await attempt(delivery) : outcome
      return again === 'stale' ? notNow(`${runtime.command} ends again and again`) : again
    },
    diagnose: (look) => diagnoseAgent(agent, options, look),
    close: () => agent.close(),
  }
}

function notStarted({ type, error }: StartFailure, command: string): DeliveryOutcome {
  if (type === 'failed') return notNow(error)
  return unavailable(missingProgram(command, installOf(command)), NODE_LIMITS.missingRetryMs)
}

function notNow(error: string): DeliveryOutcome {
  return { type: 'retry', reason: 'unavailable', error }
}
