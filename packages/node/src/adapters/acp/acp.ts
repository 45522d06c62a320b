import { NODE_LIMITS } from '../../limits.ts'
import type { Adapter, DeliveryOutcome } from '../adapter.ts'
import type { AcpAgentOptions, StartFailure } from './agent-process.ts'
import { AcpAgent } from './agent.ts'
import type { AgentTimes } from './agent.ts'
import { ABORTED, deliverToAgent } from './deliver.ts'
import type { AcpDelivery } from './deliver.ts'

/** Packages of agents that speak ACP, by the name of their program. */
const PACKAGES: Readonly<Record<string, string>> = {
  gemini: '@google/gemini-cli',
  opencode: 'opencode-ai',
  'codex-acp': '@agentclientprotocol/codex-acp',
  'claude-agent-acp': '@agentclientprotocol/claude-agent-acp',
  'pi-acp': 'pi-acp',
}

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
      return again === 'stale' ? unavailable(`${runtime.command} ends again and again`) : again
    },
    close: () => agent.close(),
  }
}

function notStarted({ type, error }: StartFailure, command: string): DeliveryOutcome {
  if (type === 'failed') return unavailable(error)
  const name = PACKAGES[command]
  const install = name === undefined ? 'install the agent' : `install it with \`npm install -g ${name}\``
  const help = `${error}: ${install}, or set runtime.command to its path`
  return { ...unavailable(help), retryAfterMs: NODE_LIMITS.missingRetryMs }
}

function unavailable(error: string): Extract<DeliveryOutcome, { type: 'retry' }> {
  return { type: 'retry', reason: 'unavailable', error }
}
