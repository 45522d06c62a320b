import type { TinyclawRuntime } from '@moltnet/config'
import { NODE_LIMITS } from '../../limits.ts'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../adapter.ts'
import { createControlAdapter } from '../control/control.ts'
import { IdempotencyKeys } from '../idempotency.ts'
import { healthOf } from './health.ts'
import { TinyclawApi } from './api.ts'
import type { ApiRuntime } from './api.ts'
import { runTurn } from './turn.ts'
import type { TurnEnd } from './turn.ts'

/** Length of a key before the number that it gets after a failure. */
const UUID_LENGTH = 36

/** TinyClaw, today TinyAGI: by its API, or by a control URL. */
export function createTinyclawAdapter(runtime: TinyclawRuntime, agentId: string): Adapter {
  if (runtime.via === 'api') return createApiAdapter(runtime)
  return createControlAdapter({ url: runtime.controlUrl, token: runtime.token, agentId })
}

/**
 * Posts each wake under an id that the API takes once, and waits for the response in the event stream, or
 * in the queue of a version that has no stream. The agent has one running conversation for all rooms, and
 * handles messages one after another; a turn of it cannot be ended from outside.
 */
function createApiAdapter(runtime: ApiRuntime): Adapter {
  const api = new TinyclawApi(runtime)
  const keys = new IdempotencyKeys()
  const { origin: place } = new URL(runtime.inboundUrl)

  const turnOnce = async (wake: Wake, session: Session, signal: AbortSignal): Promise<TurnEnd> => {
    const text = wake.prompt(session.runtimeId === undefined ? 'fresh' : 'known')
    const messageId = await keys.keyOf(wake, session)
    const message = { text, messageId, senderId: session.key }
    const end = await runTurn({ api, message, place, signal, onStarted: () => wake.started() })
    if (end.outcome.type === 'failed') await keys.failed(wake, session)
    if (end.outcome.type === 'delivered') await acknowledge(api, messageId, signal)
    return end
  }

  return {
    async deliver(wake: Wake, session: Session, signal: AbortSignal): Promise<DeliveryOutcome> {
      let end = await turnOnce(wake, session, signal)
      // What failed before was reported before; this time it is to be tried.
      for (let replays = 0; replays < NODE_LIMITS.runReplays; replays++) {
        if (end.outcome.type !== 'failed' || end.replayed !== true || signal.aborted) break
        end = await turnOnce(wake, session, signal)
      }
      if (end.outcome.type === 'delivered') {
        await keys.done(wake, session)
        session.remember(session.key)
      }
      return end.outcome
    },
    diagnose: async ({ signal }) => healthOf(await api.contact(signal), place),
    async close() {},
  }
}

/**
 * Empties the queue of this wake's responses. Those of failed tries stay until one goes well: they are
 * what tells a node that was started anew that a used id had failed.
 */
async function acknowledge(api: TinyclawApi, key: string, signal: AbortSignal): Promise<void> {
  const wake = key.slice(0, UUID_LENGTH)
  const rows = await api.pending(signal)
  for (const row of rows.filter(({ messageId }) => messageId?.startsWith(wake))) {
    await api.acknowledge(row, signal)
  }
}
