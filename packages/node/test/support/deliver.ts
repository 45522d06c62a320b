import type { Message, NetworkId, Target } from '@moltnet/protocol'
import type { DeliveryOutcome, Session, Wake } from '../../src/adapters/adapter.ts'
import { adapterOf, runtimeOf, sessionOf } from './runtime.ts'
import type { TempFolder } from './temp.ts'

/** Session key of {@link wakeOf}'s conversation. */
export const KEY = 'agent:alpha:local:room:general'

/** A wake with one message `msg_1` and a plain text as its prompt, marked in a fresh session. */
export function wakeOf(text: string, started = () => {}): Wake {
  const target = { kind: 'room', room_id: 'general' } as Target
  return {
    networkId: 'local' as NetworkId,
    target,
    messages: [{ id: 'msg_1', target, parts: [{ kind: 'text', text }] } as unknown as Message],
    attempt: 1,
    prompt: (session) => `${session === 'fresh' ? 'BOOTSTRAP ' : ''}${text}\n`,
    started,
  }
}

/** What texts are delivered with. */
export interface DeliverOptions {
  kind: Parameters<typeof runtimeOf>[1]
  session?: Session
  command?: string
  args?: string[]
}

/** Delivers texts one after another in one session. */
export async function deliver(
  folder: TempFolder,
  texts: string[],
  { kind, session = sessionOf(KEY), ...more }: DeliverOptions,
): Promise<DeliveryOutcome[]> {
  const adapter = adapterOf(folder, runtimeOf(folder, kind, more))
  const outcomes: DeliveryOutcome[] = []
  for (const text of texts) {
    outcomes.push(await adapter.deliver(wakeOf(text), session, AbortSignal.timeout(20_000)))
  }
  await adapter.close()
  return outcomes
}
