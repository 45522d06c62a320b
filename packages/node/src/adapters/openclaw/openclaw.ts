import { setTimeout as delay } from 'node:timers/promises'
import type { OpenclawRuntime } from '@moltnet/config'
import { NODE_LIMITS } from '../../limits.ts'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../adapter.ts'
import { IdempotencyKeys } from '../idempotency.ts'
import { Connection } from './connection.ts'
import { AbortPayload } from './frames.ts'
import { Gateway } from './gateway.ts'
import type { RunEnd } from './outcome.ts'
import { runToEnd } from './run.ts'

/** An OpenClaw gateway, and where the node keeps the key that it is known by there. */
export interface OpenclawAdapterOptions {
  runtime: OpenclawRuntime
  devicePath: string
  /** See {@link GatewayOptions.keepDevice}. */
  keepDevice?: boolean
}

/**
 * OpenClaw, by the gateway's `agent` method. The gateway keeps the sessions, one for each session key. A
 * run has the key of its wake as its id, so a wake whose end was not seen costs no second turn.
 */
export function createOpenclawAdapter({ runtime, devicePath, keepDevice }: OpenclawAdapterOptions): Adapter {
  const { gatewayUrl: url, token, homePath } = runtime
  const gateway = new Gateway({ url, token, homePath, devicePath, keepDevice })
  const keys = new IdempotencyKeys()

  /** Runs the wake under its key of now. A run that has failed or was ended never has that key again. */
  const runOnce = async (wake: Wake, session: Session, signal: AbortSignal): Promise<RunEnd> => {
    const key = await keys.keyOf(wake, session)
    const message = wake.prompt(session.runtimeId === undefined ? 'fresh' : 'known')
    const run = { gateway, key, message, sessionKey: session.key }
    const end = await runToEnd({ ...run, signal, onStarted: () => wake.started() })
    const over = end.outcome.type === 'failed' || (signal.aborted && (await abortRun(run)))
    if (over) await keys.failed(wake, session)
    return end
  }

  return {
    async deliver(wake: Wake, session: Session, signal: AbortSignal): Promise<DeliveryOutcome> {
      let end = await runOnce(wake, session, signal)
      // What failed before was reported before; this time it is to be tried.
      for (let replays = 0; replays < NODE_LIMITS.runReplays; replays++) {
        if (end.outcome.type !== 'failed' || end.replayed !== true || signal.aborted) break
        end = await runOnce(wake, session, signal)
      }
      if (end.outcome.type === 'delivered') {
        await keys.done(wake, session)
        rememberSession(session, end.sessionId ?? session.key)
      }
      return end.outcome
    },
    async diagnose() {
      const contact = await gateway.connection()
      if (!(contact instanceof Connection)) return contact.trouble
      return { state: 'ready', version: contact.version }
    },
    async close() {
      gateway.close()
    },
  }
}

/** A session that the gateway has begun anew is introduced with its next wake. */
function rememberSession(session: Session, sessionId: string): void {
  if (session.runtimeId === undefined || session.runtimeId === sessionId) session.remember(sessionId)
  else session.forget()
}

/** Ends a run in the gateway, which otherwise goes on without us. Whether it did. */
async function abortRun({
  gateway,
  sessionKey,
  key: runId,
}: {
  gateway: Gateway
  sessionKey: string
  key: string
}): Promise<boolean> {
  const call = gateway.current?.call('chat.abort', { sessionKey, runId })
  if (call === undefined) return false
  const late = delay(NODE_LIMITS.abortMs, { type: 'lost' } as const, { ref: false })
  const answer = await Promise.race([call.next(), late])
  call.forget()
  return answer.type === 'ok' && AbortPayload.safeParse(answer.payload).data?.aborted === true
}
