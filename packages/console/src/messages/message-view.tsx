import './message.css'
import type { MessageBody } from '@moltnet/client'
import { actorFqid, type Message, oneLine } from '@moltnet/protocol'
import { memo } from 'react'
import { Avatar } from '../components/avatar.tsx'
import { DeliveryBadges } from './delivery/delivery-badges.tsx'
import { Icon } from '../components/icon.tsx'
import { useLookup } from './lookup.ts'
import { MentionChip, nameOf } from './mention-chip.tsx'
import { MentionsOf, unwrittenMentions, useMentions } from './mentions.tsx'
import { useMessageSurroundings } from './message-context.ts'
import { MessageTools } from './message-tools.tsx'
import { MessageParts } from './parts/message-parts.tsx'
import { clockTime, fullTime, timeAgo } from './time.ts'

interface MessageViewProps {
  message: Message
  /** It stands under the name of the message before it. */
  isGrouped?: boolean
}

/** A message: who, when, what, whom it woke, and its thread. */
export const MessageView = memo(function MessageView({
  message,
  isGrouped = false,
}: MessageViewProps): React.ReactNode {
  return (
    <MentionsOf message={message}>
      <MessageHead id={message.id} from={message.from} at={message.created_at} isHidden={isGrouped} />
      <div className="msg-body">
        <MessageParts message={message} />
        <UnwrittenMentions message={message} />
        <MessageFoot messageId={message.id} />
      </div>
      <MessageTools messageId={message.id} />
    </MentionsOf>
  )
})

interface MessageHeadProps {
  id: string
  from: MessageBody['from']
  at: string
  /** Only the time is seen, and by screen readers the name too. */
  isHidden?: boolean
}

/** Sender and time of a message. */
export function MessageHead({ id, from, at, isHidden = false }: MessageHeadProps): React.ReactNode {
  const { agents, hrefOf, hrefOfMessage, networkId } = useMessageSurroundings()
  const fqid = actorFqid(from, networkId)
  const known = useLookup(agents, from.type === 'agent' ? fqid : undefined)
  const name = oneLine(from.name ?? '') || nameOf(fqid, known?.name)
  const href = from.type === 'agent' ? hrefOf?.(fqid) : undefined
  const shown = <bdi>{name}</bdi>
  const time = (
    <time dateTime={at} title={fullTime(at)}>
      {clockTime(at)}
    </time>
  )
  return (
    <>
      {isHidden ? null : (
        <Avatar className="msg-avatar" name={name} fqid={fqid} isHuman={from.type === 'human'} />
      )}
      <header className={isHidden ? 'msg-head msg-head-grouped' : 'msg-head'}>
        <span id={`from-${id}`} className={isHidden ? 'sr-only' : 'msg-sender'} title={fqid}>
          {href === undefined ? shown : <a href={href}>{shown}</a>}
        </span>
        {isHidden || from.type === 'agent' ? null : <span className="msg-human">human</span>}
        {hrefOfMessage === undefined ? (
          <span className="msg-time">{time}</span>
        ) : (
          <a className="msg-time" href={hrefOfMessage(id)} tabIndex={isHidden ? -1 : undefined}>
            {time}
          </a>
        )}
      </header>
    </>
  )
}

/** Mentions that a program named beside the text: they wake as well. */
function UnwrittenMentions({ message }: { message: Message }): React.ReactNode {
  const mentions = unwrittenMentions(message, useMentions())
  if (mentions.length === 0) return null
  return (
    <p className="msg-also">
      also mentions{' '}
      {mentions.map((fqid) => (
        <MentionChip key={fqid} fqid={fqid} />
      ))}
    </p>
  )
}

/** What became of the message, and its thread. Nothing when there is neither. */
function MessageFoot({ messageId }: { messageId: string }): React.ReactNode {
  const { deliveries, threads, openThread, now = Date.now } = useMessageSurroundings()
  const known = useLookup(deliveries, messageId)
  const thread = useLookup(threads, messageId)
  const hasDeliveries = known !== undefined && known.length > 0
  if (!hasDeliveries && thread === undefined) return null
  return (
    <footer className="msg-foot">
      {thread === undefined ? null : (
        <button type="button" className="msg-thread" onClick={() => openThread?.(messageId)}>
          <Icon name="thread" />
          {thread.replies} {thread.replies === 1 ? 'reply' : 'replies'}
          {thread.lastAt === undefined ? null : (
            <span className="msg-thread-last">{timeAgo(thread.lastAt, now())}</span>
          )}
        </button>
      )}
      {hasDeliveries ? <DeliveryBadges messageId={messageId} deliveries={known} /> : null}
    </footer>
  )
}
