import { conversationKey } from '@moltnet/protocol'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../adapter.ts'
import { describeExit, outcomeWithoutExit } from '../program.ts'
import { lookAtProgram } from '../program-health.ts'
import type { ProgramAdapterOptions } from '../program.ts'

const INSTALL = 'install it, or set runtime.command to its path'

/** Exit code that asks to be tried again later: EX_TEMPFAIL of sysexits.h. */
const TRY_AGAIN = 75

/**
 * Any program: the rendered wake on stdin, exit 0 delivered, 75 try again later, anything else failed;
 * stdout is the final text. It has no sessions of its own, so the conversation's key is its session id.
 */
export function createCommandAdapter(options: ProgramAdapterOptions & { agentId: string }): Adapter {
  const { launch, run, agentId } = options
  return {
    async deliver(wake: Wake, session: Session, signal: AbortSignal): Promise<DeliveryOutcome> {
      const result = await run({
        args: launch.args,
        stdin: wake.prompt(session.runtimeId === undefined ? 'fresh' : 'known'),
        env: wakeVariables(wake, agentId),
        signal,
        onStarted: wake.started,
      })
      if (result.type !== 'exited') return outcomeWithoutExit(result, INSTALL)
      if (result.code === TRY_AGAIN) return { type: 'retry', reason: 'busy', error: describeExit(result) }
      if (result.code !== 0) {
        return { type: 'failed', reason: 'failed', error: describeExit(result), warnings: [] }
      }
      session.remember(session.key)
      const warnings = result.dropped > 0 ? [`${result.dropped} bytes of output were dropped`] : []
      return { type: 'delivered', text: result.stdout.trim(), warnings }
    },
    // What it does without a wake is not known, so it is only looked for.
    diagnose: (look) => lookAtProgram(options, { install: INSTALL }, look),
    async close() {},
  }
}

/** The bootstrap turn has no message, so no `MOLTNET_MESSAGE_ID`; of a batch it is the newest one's. */
function wakeVariables(wake: Wake, agentId: string): Record<string, string> {
  const newest = wake.messages.at(-1)
  return {
    MOLTNET_NETWORK_ID: wake.networkId,
    MOLTNET_AGENT_ID: agentId,
    MOLTNET_TARGET: conversationKey(wake.target),
    ...(newest === undefined ? {} : { MOLTNET_MESSAGE_ID: newest.id }),
  }
}
