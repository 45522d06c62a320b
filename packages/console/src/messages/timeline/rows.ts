import { actorFqid, type Actor, type Message } from '@moltnet/protocol'
import type { OutgoingMessage } from '../outbox.ts'
import { TEXT_LIMITS } from '../text/parse.ts'
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

/** For {@link estimateHeight}, in CSS pixels: what stands around the parts, a line, a card, and signs in a line. */
const LIKELY = { frame: 34, line: 21, card: 58, signs: 90 } as const

/**
 * Height that a row likely has before it was drawn, in CSS pixels. Being wrong moves nothing on screen, but a
 * reader who scrolls far at once passes more or fewer messages.
 */
export function estimateHeight(rows: TimelineRows, index: number): number {
  const message = rows.messages[index] ?? rows.outgoing[index - rows.messages.length]?.body
  let height: number = LIKELY.frame
  for (const { kind, text } of message?.parts ?? []) {
    if (kind !== 'text') height += LIKELY.card
    if (text) height += LIKELY.line * linesOf(text)
  }
  return height
}

function linesOf(text: string): number {
  const { foldedLines } = TEXT_LIMITS
  let lines = 1 + Math.floor(text.length / LIKELY.signs)
  for (let at = text.indexOf('\n'); at >= 0 && lines < foldedLines; at = text.indexOf('\n', at + 1))
    lines += 1
  return Math.min(lines, foldedLines)
}
