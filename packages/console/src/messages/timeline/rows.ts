import { actorFqid, type Actor, type Message } from '@moltnet/protocol'
import type { OutgoingMessage } from '../outbox.ts'
import { sameDay } from '../time.ts'
import type { TimelineSnapshot } from '../timeline-source.ts'

/** Messages of one sender stand together when they are closer than this, in milliseconds. */
const GROUP_MS = 5 * 60_000

/** What a timeline lists: the stretch of the log, and below it own messages on their way. */
export interface TimelineRows {
  readonly count: number
  readonly messages: readonly Message[]
  readonly outgoing: readonly OutgoingMessage[]
}

/** Own messages stand below the newest message only; a stretch of the past does not end with them. */
export function rowsOf(snapshot: TimelineSnapshot, outgoing: readonly OutgoingMessage[]): TimelineRows {
  const shown = snapshot.newer.kind === 'end' ? outgoing : []
  const { messages } = snapshot
  return { count: messages.length + shown.length, messages, outgoing: shown }
}

/** Id of the message in a row. */
export function rowId(rows: TimelineRows, index: number): string {
  const message = rows.messages[index] ?? rows.outgoing[index - rows.messages.length]?.body
  return message?.id ?? ''
}

/** Row of a message; -1 when there is none. Looks from the end, where most that is asked for stands. */
export function rowOfMessage(rows: TimelineRows, messageId: string): number {
  for (let index = rows.count - 1; index >= 0; index -= 1) {
    if (rowId(rows, index) === messageId) return index
  }
  return -1
}

/** Whether a message starts a day of its own, seen from the one before it. */
export function startsDay(message: Message, before: Message | undefined): boolean {
  return before === undefined || !sameDay(before.created_at, message.created_at)
}

/** Whether a message stands under the name of the one before it. */
export function continuesGroup(message: Message, before: Message | undefined): boolean {
  return (
    before !== undefined &&
    isSameActor(message.from, before.from) &&
    Math.abs(Date.parse(message.created_at) - Date.parse(before.created_at)) < GROUP_MS &&
    sameDay(message.created_at, before.created_at)
  )
}

function isSameActor(left: Actor, right: Actor): boolean {
  return (
    left.type === right.type &&
    left.name === right.name &&
    actorFqid(left, left.network_id ?? '') === actorFqid(right, right.network_id ?? '')
  )
}

/** Height that a row likely has before it was drawn, in CSS pixels; being wrong moves nothing on screen. */
export function estimateHeight(rows: TimelineRows, index: number): number {
  const message = rows.messages[index]
  if (message === undefined) return 64
  const text = message.parts[0]?.text?.length ?? 120
  return 34 + 22 * Math.min(40, 1 + Math.floor(text / 90))
}
