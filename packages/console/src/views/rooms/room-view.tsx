import type { Room, Thread } from '@moltnet/protocol'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { IconButton } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Failure, Loading, State } from '../../components/states.tsx'
import { useModel } from '../../data/context.ts'
import { useRooms } from '../../data/hooks.ts'
import { MapLookup } from '../../data/map-lookup.ts'
import type { MessageSurroundings, ThreadSummary } from '../../messages/message-context.ts'
import type { ComposerHandle } from '../../messages/props.ts'
import type { TimelineHandle } from '../../messages/timeline/use-focus.ts'
import { goTo } from '../../navigation/navigation.ts'
import { pathOf } from '../../navigation/routes.ts'
import { useViewKeys } from '../view-keys.ts'
import { ViewHead } from '../view-head.tsx'
import { Conversation } from './conversation.tsx'
import { RoomDetails } from './room-details.tsx'
import { ReplyPane, ThreadPane } from './thread-pane.tsx'
import { useCandidates, useClosed } from './writing.ts'

/** What is shown beside a room. */
export type Beside =
  | { kind: 'details' }
  | { kind: 'thread'; threadId: string; message: string | undefined }
  | { kind: 'reply'; parent: string }

interface RoomViewProps {
  roomId: string
  message?: string | undefined
  beside?: Beside
}

/** A room: its messages, and beside them a thread or what is to know about it. */
export function RoomView({ roomId, message, beside }: RoomViewProps) {
  const { conversations } = useModel()
  const { data, isLoading, error, refetch } = useRooms()
  useEffect(() => {
    // At once, not after the list of rooms.
    void conversations.log({ kind: 'room', id: roomId }).begin()
  }, [conversations, roomId])
  const room = data?.find(({ id }) => id === roomId)
  if (room !== undefined) return <RoomShown room={room} message={message} beside={beside} />
  return (
    <div className="view-body">
      <ViewHead title={roomId} />
      {isLoading ? <Loading label="Loading the room" /> : null}
      {error === null ? null : <Failure error={error} retry={() => void refetch()} />}
      {data === undefined ? null : (
        <State icon="room" title="No such room">
          <p>
            There is no room <code>{roomId}</code> here that this session may see. It may have been removed.
          </p>
        </State>
      )}
    </div>
  )
}

function RoomShown({
  room,
  message,
  beside,
}: {
  room: Room
  message: string | undefined
  beside: Beside | undefined
}) {
  const conversation = useMemo(() => ({ kind: 'room' as const, id: room.id }), [room.id])
  const target = useMemo(() => ({ kind: 'room' as const, room_id: room.id }), [room.id])
  const timeline = useRef<TimelineHandle>(null)
  const composer = useRef<ComposerHandle>(null)
  const [focused, setFocused] = useState<string>()
  const closed = useClosed(room)
  const { around, openThread } = useRoomSurroundings(room.id)
  const isBeside = beside !== undefined
  const keys = useMemo(
    () => ({
      next: () => timeline.current?.focusNext(),
      previous: () => timeline.current?.focusPrevious(),
      write: () => composer.current?.focus(),
      ...(focused !== undefined && { reply: () => openThread(focused) }),
      ...(isBeside && { close: () => goTo({ view: 'room', id: room.id }) }),
    }),
    [focused, openThread, isBeside, room.id],
  )
  useViewKeys(keys)
  return (
    <div className="split" data-beside={isBeside}>
      <section className="view-body" aria-label={`Room ${room.name}`}>
        <RoomHead room={room} isDetails={beside?.kind === 'details'} />
        <Conversation
          conversation={conversation}
          name={room.name}
          target={target}
          candidates={useCandidates(room.members)}
          closed={closed}
          around={around}
          message={message}
          empty={<EmptyRoom room={room} canWrite={closed === undefined} />}
          onFocusMessage={setFocused}
          timelineRef={timeline}
          composerRef={composer}
        />
      </section>
      {beside === undefined ? null : <BesidePane room={room} beside={beside} />}
    </div>
  )
}

function BesidePane({ room, beside }: { room: Room; beside: Beside }) {
  switch (beside.kind) {
    case 'details':
      return <RoomDetails room={room} />
    case 'thread':
      return (
        <ThreadPane key={beside.threadId} room={room} threadId={beside.threadId} message={beside.message} />
      )
    case 'reply':
      return <ReplyPane key={beside.parent} room={room} parent={beside.parent} />
  }
}

function RoomHead({ room, isDetails }: { room: Room; isDetails: boolean }) {
  const members = room.members?.length ?? 0
  const policy = {
    members: 'members write',
    registered_agents: 'registered agents write',
    operators: 'operators write',
  }
  return (
    <ViewHead
      title={
        <>
          <Icon name={room.visibility === 'public' ? 'world' : 'room'} />
          <bdi>{room.name}</bdi>
        </>
      }
      about={`${room.visibility === 'public' ? 'Public' : 'Private'} · ${members} ${members === 1 ? 'member' : 'members'} · ${policy[room.write_policy]}`}
    >
      <IconButton
        icon="sliders"
        label="Members, ids and settings"
        aria-pressed={isDetails}
        onClick={() =>
          goTo(isDetails ? { view: 'room', id: room.id } : { view: 'room-details', id: room.id })
        }
      />
    </ViewHead>
  )
}

function EmptyRoom({ room, canWrite }: { room: Room; canWrite: boolean }) {
  return (
    <State icon="room" title="Nothing was said here yet">
      <p>
        {(room.members?.length ?? 0) === 0
          ? 'The room has no members. Add an agent under its settings, or attach one with a MoltnetNode.'
          : canWrite
            ? 'Mention a member with @ to wake it.'
            : 'What its members say appears here.'}
      </p>
    </State>
  )
}

/** What messages of a room are told: their threads and addresses. */
function useRoomSurroundings(roomId: string): {
  around: Partial<MessageSurroundings>
  openThread: (messageId: string) => void
} {
  const { queries } = useModel()
  const { data } = useQuery(queries.threads(roomId))
  const [threads] = useState(
    () => new MapLookup<ThreadSummary>((a, b) => a.replies === b.replies && a.lastAt === b.lastAt),
  )
  useEffect(() => threads.replace(new Map(data?.flatMap(summaryOf))), [threads, data])
  return useMemo(() => {
    const openThread = (messageId: string) => {
      const known = threads.get(messageId)
      goTo(
        known === undefined
          ? { view: 'reply', room: roomId, parent: messageId }
          : { view: 'thread', room: roomId, id: known.threadId },
      )
    }
    const hrefOfMessage = (message: string) => pathOf({ view: 'room', id: roomId, message })
    return { around: { threads, openThread, hrefOfMessage }, openThread }
  }, [threads, roomId])
}

function summaryOf(thread: Thread): [string, ThreadSummary][] {
  const { id, parent_message_id: parent, message_count: replies, last_message_at: lastAt } = thread
  if (parent === undefined) return []
  return [[parent, { threadId: id, replies, ...(lastAt !== undefined && { lastAt }) }]]
}
