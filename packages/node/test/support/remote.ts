import type { Message, NetworkId, Target } from '@moltnet/protocol'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../../src/adapters/adapter.ts'
import { createRemoteAdapter } from '../../src/adapters/registry.ts'
import type { RemoteRuntime } from '../../src/adapters/registry.ts'
import { sessionOf } from './runtime.ts'
import type { TempFolder } from './temp.ts'

/** The adapter of a runtime that runs by itself; its key is in the temporary folder. */
export function remoteAdapter(folder: TempFolder, runtime: RemoteRuntime): Adapter {
  return createRemoteAdapter(runtime, 'alpha', { device: folder.join('device.json') })
}

/** How {@link tell} hands over a message. */
export interface TellOptions {
  session?: Session
  id?: string
  signal?: AbortSignal
  onStarted?: () => void
}

/** Delivers one message, whose text is the prompt. */
export async function tell(adapter: Adapter, text: string, o: TellOptions = {}): Promise<DeliveryOutcome> {
  const target = { kind: 'room', room_id: 'general' } as Target
  const message = { id: o.id ?? 'msg_1', created_at: '2026-01-01T00:00:00Z', target }
  const wake: Wake = {
    networkId: 'local' as NetworkId,
    target,
    messages: [{ ...message, parts: [{ kind: 'text', text }] } as unknown as Message],
    attempt: 1,
    prompt: (session) => `${session === 'fresh' ? 'BOOTSTRAP ' : ''}${text}\n`,
    started: () => o.onStarted?.(),
  }
  return await adapter.deliver(wake, o.session ?? sessionOf(), o.signal ?? AbortSignal.timeout(20_000))
}
