import type { ConversationRef, Delivery, MessagePreview } from '@moltnet/protocol'
import type { Drafts } from './composer/drafts.ts'
import type { OutgoingBody, Outbox } from './outbox.ts'
import type { TimelineHandle } from './timeline/use-focus.ts'
import type { TimelineSource } from './timeline-source.ts'

/** Properties of `Timeline`: one conversation's messages. Give it a `key` per conversation. */
export interface TimelineProps {
  source: TimelineSource
  /** Says what is listed: "Messages in general". */
  label: string
  /** Own messages on their way, shown below the newest. */
  outbox?: Outbox
  /** A message to jump to and highlight (deep link); loaded around when it is not there. A new value jumps again. */
  jumpTo?: string
  /** The message of `jumpTo` is not in this conversation, or could not be loaded. */
  onJumpFailed?: (messageId: string) => void
  /** The message that has the keyboard's focus. */
  onFocusMessage?: (messageId: string) => void
  /** The newest message has been on screen at the bottom; for unread counts. */
  onReadTo?: (messageId: string) => void
  /** Moves the focus from elsewhere, for keys that work in the whole page. */
  handle?: React.Ref<TimelineHandle>
  /** Shown when the conversation has no messages. */
  empty?: React.ReactNode
}

/** Properties of `DeliveryBadges` and `DeliveryDetails`: what became of one message. */
export interface DeliveryProps {
  messageId: string
  deliveries: readonly Delivery[]
}

/** Someone that a mention can name. */
export interface MentionCandidate {
  /** What is written after the `@`: `beta`, or `net_b:beta` where two share an id. */
  handle: string
  /** Shown name; already one line. */
  name: string
  fqid: string
  connected?: boolean
}

/** Properties of `Composer`: where a message to one conversation is written. Give it a `key` per conversation. */
export interface ComposerProps {
  conversation: ConversationRef
  /** Names the place: "Message general". */
  label: string
  /** Who a mention can name here: members of the room, or participants of the DM. */
  candidates: readonly MentionCandidate[]
  /** Makes the body of a text, for sending and for the preview: target and sender are the caller's. */
  bodyOf: (text: string) => Omit<OutgoingBody, 'id'>
  outbox: Outbox
  drafts: Drafts
  /** Asks the server whom a body would wake; without it nothing is said before sending. */
  preview?: (body: Omit<OutgoingBody, 'id'>) => Promise<MessagePreview>
  /** Whether Enter sends. Default: yes, but for touch keyboards. Ctrl+Enter and Cmd+Enter always do. */
  enterSends?: boolean
  handle?: React.Ref<ComposerHandle>
  /** Why nothing can be written here, said to the viewer; undefined when it can. */
  disabledReason?: string
}

/** Reaches into a composer from elsewhere: keys of the page, a click on a name. */
export interface ComposerHandle {
  focus(): void
  /** Adds to the end of the text, after a space, and focuses it. */
  insert(text: string): void
}
