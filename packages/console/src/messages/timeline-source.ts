import type { Message } from '@moltnet/protocol'

/**
 * What lies beyond one end of the loaded messages: nothing, more that can be loaded, a page that is being
 * loaded, or a page that could not be loaded. `message` of `failed` is shown as it is.
 */
export type TimelineEdge =
  | { readonly kind: 'end' }
  | { readonly kind: 'more' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly message: string }

/**
 * One moment of a conversation: one stretch of it without holes, oldest first. Immutable; a change makes a new
 * snapshot, and with it a new `messages` array if a message was added. Ids are unique in it.
 */
export interface TimelineSnapshot {
  readonly messages: readonly Message[]
  /** Before the first message. With no messages, `loading` means that nothing is known yet. */
  readonly older: TimelineEdge
  /** After the last message. `end`: the stretch is live, new messages are appended to it. */
  readonly newer: TimelineEdge
  /** First message that was not read when the conversation was opened; a line stands above it. */
  readonly unreadFrom?: string
}

/**
 * What a timeline reads: the data layer implements it over its cache, the timeline only shows it.
 * The loads never throw: a failure is the `failed` edge of the next snapshot.
 */
export interface TimelineSource {
  /** Calls `listener` after each new snapshot, in any task; the timeline draws at most once a frame. */
  subscribe(listener: () => void): () => void
  /** The same object until something changed. */
  getSnapshot(): TimelineSnapshot
  /** Whether the stretch holds this message. In constant time. */
  has(messageId: string): boolean
  /** Loads a page before the first message; nothing happens unless `older` is `more` or `failed`. */
  loadOlder(): void
  /** Loads a page after the last message; nothing happens unless `newer` is `more` or `failed`. */
  loadNewer(): void
  /**
   * Makes the stretch one that holds this message with some on both sides. False when the conversation has no
   * such message, or it could not be loaded; the stretch then stays as it was.
   */
  loadAround(messageId: string): Promise<boolean>
  /** Makes the stretch the newest page, live again. */
  loadNewest(): Promise<void>
}
