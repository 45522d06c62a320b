import { type ClientFrame, CONSUMER_LIMITS, conversationKey, type ServerFrame } from '@moltnet/protocol'
import type { History } from './history.ts'

/** What a server end is checked against. */
export interface FrameCheckOptions {
  readonly history: History
  /** Position of the newest committed entry. */
  head(): number
}

/** Looks at what passes through one connection: windows, order, and that nothing is told before its commit. */
export class FrameCheck {
  readonly #options: FrameCheckOptions
  #agentId = ''
  /** Undefined: a v1 attachment. */
  #window: number | undefined
  /** Conversations of the wakes that are sent and not answered, by cursor. */
  readonly #open = new Map<string, string>()
  /** Messages of the wakes that came on this connection, by cursor. */
  readonly #sent = new Map<string, string>()
  readonly #newest = new Map<string, number>()
  /** Messages whose wake may come again on this connection. */
  readonly #again = new Set<string>()
  #position = 0

  constructor(options: FrameCheckOptions) {
    this.#options = options
  }

  /** The agent that identified itself. */
  get agentId(): string {
    return this.#agentId
  }

  /** An operator had a wake delivered after all. */
  mayComeAgain(messageId: string): void {
    this.#again.add(messageId)
  }

  /** A frame of the client has arrived at the server. */
  arrived(text: string): void {
    const frame = JSON.parse(text) as ClientFrame
    switch (frame.op) {
      case 'IDENTIFY':
        this.#agentId = frame.agent.id
        this.#window = frame.consumer?.window
        // What an operator asks for may be under way while its agent attaches.
        for (const { agentId, messageId } of this.#options.history.operated) {
          if (agentId === frame.agent.id) this.#again.add(messageId)
        }
        return
      case 'ACK':
        this.#open.delete(frame.cursor)
        return
      case 'NACK': {
        const messageId = this.#sent.get(frame.cursor)
        if (messageId !== undefined) this.#again.add(messageId)
        this.#open.delete(frame.cursor)
        return
      }
      default:
    }
  }

  /** The server sends a frame. */
  sent(text: string): void {
    const frame = JSON.parse(text) as ServerFrame
    if (frame.op !== 'EVENT' || frame.event.type === 'stream.replay_gap') return
    const { history, head } = this.#options
    const { cursor, event } = frame
    const position = positionOf(cursor)
    if (position > head()) history.violate('told before its commit', cursor)
    if (this.#window === undefined) {
      if (position <= this.#position) history.violate('order of a v1 attachment', cursor)
      this.#position = position
    } else if (event.type === 'message.created') {
      this.#checkWake(cursor, conversationKey(event.message.target), event.message.id)
    }
  }

  #checkWake(cursor: string, conversation: string, messageId: string): void {
    const { history } = this.#options
    const what = `${messageId} for ${this.#agentId}`
    if (this.#open.has(cursor)) history.violate('sent twice on one connection', what)
    this.#open.set(cursor, conversation)
    this.#sent.set(cursor, messageId)
    if (this.#open.size > (this.#window ?? 0))
      history.violate('window', `${this.#open.size} un-ACKed, ${what}`)
    const here = [...this.#open.values()].filter((other) => other === conversation).length
    if (here > CONSUMER_LIMITS.windowPerConversation) history.violate('window of a conversation', what)
    const position = positionOf(cursor)
    const newest = this.#newest.get(conversation) ?? 0
    if (position <= newest && !this.#again.delete(messageId)) history.violate('order of sending', what)
    this.#newest.set(conversation, Math.max(newest, position))
  }
}

/** The log position in an event id. */
export function positionOf(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('.') + 1))
}
