import type { MessageBody } from '@moltnet/client'
import type { ConversationRef } from '@moltnet/protocol'
import { type ReactNode, type Ref, useCallback, useEffect, useMemo, useState } from 'react'
import { useModel } from '../../data/context.ts'
import { keyOf } from '../../data/conversations.ts'
import { useStore } from '../../data/store.ts'
import { Composer } from '../../messages/composer/composer.tsx'
import {
  MessageProvider,
  type MessageSurroundings,
  useMessageSurroundings,
} from '../../messages/message-context.ts'
import type { ComposerHandle, ComposerProps, MentionCandidate } from '../../messages/props.ts'
import { Timeline } from '../../messages/timeline/timeline.tsx'
import type { TimelineHandle } from '../../messages/timeline/use-focus.ts'
import { Notice } from '../../components/notice.tsx'

interface ConversationProps {
  conversation: ConversationRef
  /** What it is called: "general". */
  name: string
  /** Where messages that are written here go. */
  target: MessageBody['target']
  candidates: readonly MentionCandidate[]
  /** Why nothing can be written here. */
  closed: string | undefined
  /** What messages are told besides what they know of the whole network. */
  around?: Partial<MessageSurroundings>
  /** It does not exist yet; its first message makes it. */
  isNew?: boolean
  /** A message to go to. */
  message?: string | undefined
  empty: ReactNode
  onFocusMessage?: (messageId: string) => void
  timelineRef?: Ref<TimelineHandle>
  composerRef?: Ref<ComposerHandle>
}

/** The messages of a conversation, and where one is written to it. */
export function Conversation(props: ConversationProps) {
  const { conversation, name, message } = props
  const model = useModel()
  const log = model.conversations.log(conversation)
  const outbox = model.outboxes.of(conversation)
  const base = useMessageSurroundings()
  const surroundings = useMemo(() => ({ ...base, ...props.around }), [base, props.around])
  const [lost, setLost] = useState<string>()
  const isReady = useOpened(conversation, props.isNew === true)
  const onReadTo = useCallback(
    (id: string) => {
      const newest = log.getSnapshot().messages.at(-1)
      if (newest?.id === id) model.marks.markRead(keyOf(conversation), newest)
    },
    [log, model, conversation],
  )
  return (
    <MessageProvider value={surroundings}>
      {lost === undefined || lost !== message ? null : (
        <Notice tone="warn" onClose={() => setLost(undefined)}>
          The message <code>{lost}</code> is not in this conversation.
        </Notice>
      )}
      {isReady ? (
        <Timeline
          source={log}
          label={`Messages in ${name}`}
          outbox={outbox}
          onReadTo={onReadTo}
          onJumpFailed={setLost}
          empty={props.empty}
          {...(message !== undefined && { jumpTo: message })}
          {...(props.onFocusMessage !== undefined && { onFocusMessage: props.onFocusMessage })}
          {...(props.timelineRef !== undefined && { handle: props.timelineRef })}
        />
      ) : (
        <div className="msg-timeline" />
      )}
      <ConversationComposer {...props} />
    </MessageProvider>
  )
}

/** Loads the conversation, and settles where its unread messages begin before it is shown. */
function useOpened(conversation: ConversationRef, isNew: boolean): boolean {
  const { conversations, marks, speaker } = useModel()
  const [opened, setOpened] = useState<ConversationRef>()
  useEffect(() => {
    const log = conversations.log(conversation)
    // Asked for its messages, the server would say that there is no such conversation.
    if (isNew) log.beginEmpty()
    const open = () => {
      const { messages, older } = log.getSnapshot()
      const me = speaker.get().id
      const { from } = marks.unreadOf(
        keyOf(conversation),
        { messages, hasOlder: older.kind !== 'end' },
        (message) => message.from.type === 'human' && message.from.id === me,
      )
      log.markUnreadFrom(from)
      setOpened(conversation)
    }
    if (log.isLoaded) open()
    else void log.begin().then(open)
  }, [conversations, marks, speaker, conversation, isNew])
  return opened === conversation
}

function ConversationComposer({
  conversation,
  name,
  target,
  candidates,
  closed,
  composerRef,
}: ConversationProps) {
  const model = useModel()
  const speaker = useStore(model.speaker)
  const bodyOf = useCallback<ComposerProps['bodyOf']>(
    (text) => ({
      target,
      from: { type: 'human', id: speaker.id, ...(speaker.name !== '' && { name: speaker.name }) },
      parts: [{ kind: 'text', text }],
    }),
    [target, speaker],
  )
  const preview = useCallback<NonNullable<ComposerProps['preview']>>(
    (body) => model.client.previewMessage(body),
    [model],
  )
  return (
    <Composer
      conversation={conversation}
      label={`Message ${name}`}
      candidates={candidates}
      bodyOf={bodyOf}
      outbox={model.outboxes.of(conversation)}
      drafts={model.drafts}
      preview={preview}
      {...(closed !== undefined && { disabledReason: closed })}
      {...(composerRef !== undefined && { handle: composerRef })}
    />
  )
}
