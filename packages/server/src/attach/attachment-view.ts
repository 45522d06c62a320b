import { type AgentAttachment, formatTime } from '@moltnet/protocol'
import type { Attachment } from './attachment.ts'

/** An attachment after READY as observers see it. */
export function attachmentView({ consumer, stream, runtime, readyAt }: Attachment): AgentAttachment {
  const load = consumer?.load ?? { turns: 0, pending: stream?.waiting ?? 0, held: 0 }
  return {
    durable: consumer !== undefined,
    ...(runtime !== undefined && { runtime }),
    ...load,
    since: formatTime(BigInt(readyAt) * 1_000_000n),
  }
}
