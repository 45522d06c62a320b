import type { Message, Room } from '@moltnet/protocol'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useMemo } from 'react'
import { Failure, Loading } from '../../components/states.tsx'
import { useModel } from '../../data/context.ts'
import { loaderOf } from '../../data/conversations.ts'
import { oneMessage } from '../../data/page-around.ts'
import { KEYS } from '../../data/queries.ts'
import { MessageView } from '../../messages/message-view.tsx'
import { goTo } from '../../navigation/navigation.ts'
import { pathOf } from '../../navigation/routes.ts'
import { BesideHead } from '../beside-head.tsx'
import { Conversation } from './conversation.tsx'
import { useCandidates, useClosed } from './writing.ts'

/** A thread beside its room. */
export function ThreadPane({
  room,
  threadId,
  message,
}: {
  room: Room
  threadId: string
  message: string | undefined
}) {
  const { client } = useModel()
  const { data, error } = useQuery({
    queryKey: ['thread', threadId],
    queryFn: ({ signal }) => client.getThread(threadId, { signal }),
  })
  return (
    <ThreadFrame room={room} title="Thread">
      {error === null ? null : <Failure error={error} />}
      {data?.parent_message_id === undefined ? null : (
        <Parent room={room} messageId={data.parent_message_id} />
      )}
      {error === null ? (
        <ThreadMessages room={room} threadId={threadId} parent={data?.parent_message_id} message={message} />
      ) : null}
    </ThreadFrame>
  )
}

/** A thread that does not exist yet: its first message creates it. */
export function ReplyPane({ room, parent }: { room: Room; parent: string }) {
  const { queries } = useModel()
  const { data } = useQuery(queries.threads(room.id))
  const existing = data?.find((thread) => thread.parent_message_id === parent)?.id
  useEffect(() => {
    if (existing !== undefined) goTo({ view: 'thread', room: room.id, id: existing }, { replace: true })
  }, [existing, room.id])
  return (
    <ThreadFrame room={room} title="New thread">
      <Parent room={room} messageId={parent} />
      {data === undefined ? (
        <Loading label="Loading threads" />
      ) : (
        <ThreadMessages room={room} threadId={threadIdOf(parent)} parent={parent} message={undefined} isNew />
      )}
    </ThreadFrame>
  )
}

/** The id of the thread below a message: two people who reply at once write into the same one. */
function threadIdOf(parent: string): string {
  return `thread_${parent.replace(/^msg_/, '')}`.slice(0, THREAD_ID_CHARACTERS)
}

/** Longest id, in characters. */
const THREAD_ID_CHARACTERS = 128

function ThreadFrame({ room, title, children }: { room: Room; title: string; children: ReactNode }) {
  return (
    <aside className="beside" aria-label={title}>
      <BesideHead
        title={
          <>
            {title} <span className="quiet">in {room.name}</span>
          </>
        }
        closeLabel="Close the thread"
        onClose={() => goTo({ view: 'room', id: room.id })}
      />
      {children}
    </aside>
  )
}

/** The message that the thread is about. */
function Parent({ room, messageId }: { room: Room; messageId: string }) {
  const { client, conversations } = useModel()
  const shown = conversations.log({ kind: 'room', id: room.id }).find(messageId)
  const { data } = useQuery({
    queryKey: KEYS.message(messageId),
    queryFn: async () =>
      (await oneMessage(loaderOf(client, { kind: 'room', id: room.id }), messageId)) ?? null,
    enabled: shown === undefined,
  })
  const message: Message | undefined = shown ?? data ?? undefined
  if (message === undefined) return null
  return (
    <div className="thread-parent">
      <article className="msg-message">
        <MessageView message={message} />
      </article>
    </div>
  )
}

interface ThreadMessagesProps {
  room: Room
  threadId: string
  parent: string | undefined
  message: string | undefined
  isNew?: boolean
}

function ThreadMessages({ room, threadId, parent, message, isNew = false }: ThreadMessagesProps) {
  const conversation = useMemo(() => ({ kind: 'thread' as const, id: threadId }), [threadId])
  const target = useMemo(
    () => ({
      kind: 'thread' as const,
      room_id: room.id,
      thread_id: threadId,
      ...(parent !== undefined && { parent_message_id: parent }),
    }),
    [room.id, threadId, parent],
  )
  const around = useMemo(
    () => ({
      threads: undefined,
      openThread: undefined,
      hrefOfMessage: (id: string) => pathOf({ view: 'thread', room: room.id, id: threadId, message: id }),
    }),
    [room.id, threadId],
  )
  return (
    <Conversation
      conversation={conversation}
      name="the thread"
      target={target}
      candidates={useCandidates(room.members)}
      closed={useClosed(room)}
      around={around}
      isNew={isNew}
      message={message}
      empty={<p className="quiet pad">The first reply begins the thread.</p>}
    />
  )
}
