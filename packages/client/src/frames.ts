import { EventFrame, LIMITS, MoltnetEvent, ServerFrame } from '@moltnet/protocol'
import { z } from 'zod'
import type { UnreadableEvent } from './attachment-types.ts'

/** An EVENT, or what is known of one that this version cannot read. */
export type ReceivedEvent =
  | { kind: 'readable'; frame: EventFrame; characters: number }
  | ({ kind: 'unreadable' } & UnreadableEvent)

/** What a text from the server is. */
export type ReceivedFrame =
  | { kind: 'frame'; frame: Exclude<ServerFrame, EventFrame> }
  | { kind: 'event'; event: ReceivedEvent }
  | { kind: 'malformed'; reason: string }

/** The part of an EVENT that must be right for it to be answered. */
const EventHead = EventFrame.pick({ op: true, version: true, cursor: true })
const TypedEvent = z.object({ event: z.object({ type: z.string() }) })
const KNOWN_TYPES: ReadonlySet<string> = new Set(
  MoltnetEvent.options.map((option) => option.shape.type.value),
)

/** Whether this version knows events of that type. */
export function isKnownEventType(type: string): boolean {
  return KNOWN_TYPES.has(type)
}

/** Reads one text frame of the server. Never throws. */
export function readFrame(text: string): ReceivedFrame {
  if (text.length > LIMITS.frameBytes) return { kind: 'malformed', reason: 'frame over 1 MiB' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'malformed', reason: 'frame is not JSON' }
  }
  const parsed = ServerFrame.safeParse(value)
  if (parsed.success) {
    const frame = parsed.data
    if (frame.op !== 'EVENT') return { kind: 'frame', frame }
    return { kind: 'event', event: { kind: 'readable', frame, characters: text.length } }
  }
  const reason = z.prettifyError(parsed.error)
  const head = EventHead.safeParse(value)
  if (!head.success) return { kind: 'malformed', reason: `frame breaks the protocol: ${reason}` }
  const type = TypedEvent.safeParse(value).data?.event.type
  const known = type === undefined || isKnownEventType(type)
  return {
    kind: 'event',
    event: {
      kind: 'unreadable',
      cursor: head.data.cursor,
      known,
      reason: known ? reason : `unknown event type ${JSON.stringify(type)}`,
    },
  }
}
