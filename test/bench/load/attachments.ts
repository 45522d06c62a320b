import type { LoadParameters } from './parameters.ts'
import { openRawAttachment } from './raw-attachment.ts'

/** How many attachments are opened at a time: a fleet returns in parallel, not one by one. */
const CONNECT_BATCH = 64

/** An attachment of the load generator: identifies, ACKs every event, counts. */
export interface LoadAttachment {
  /** Messages that came, each once. */
  readonly messages: number
  /** Messages that came again, or behind a later one. */
  readonly repeated: number
  /** The last cursor; undefined before the first event. */
  readonly cursor: string | undefined
  close(): void
}

/** An EVENT frame as the generator sees it; the text is made only when somebody asks. */
export interface SeenEvent {
  isMessage: boolean
  text(): string
}

/** What all attachments of one load share. */
export interface FrameSink {
  /** Called for every EVENT frame, before its ACK is sent. */
  onEvent(event: SeenEvent): void
  onFailure(reason: string): void
}

/** Opens `attachments` attachments; resolves when all are READY. */
export async function attachAll(
  p: LoadParameters,
  sink: FrameSink,
  o: { durable?: boolean; batch?: number } = {},
): Promise<LoadAttachment[]> {
  const open: LoadAttachment[] = []
  const size = o.batch ?? CONNECT_BATCH
  for (let first = 0; first < p.attachments; first += size) {
    const batch = Array.from({ length: Math.min(size, p.attachments - first) }, (_, i) =>
      openRawAttachment({ server: p, agentId: `agent-${first + i}`, sink, durable: o.durable ?? false }),
    )
    open.push(...(await Promise.all(batch)))
  }
  return open
}
