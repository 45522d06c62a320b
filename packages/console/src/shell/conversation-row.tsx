import { agentFqid, type ConversationRef, type DirectConversation, type Room } from '@moltnet/protocol'
import { type ReactNode, useRef } from 'react'
import { Avatar } from '../components/avatar.tsx'
import { Icon } from '../components/icon.tsx'
import { Ago } from '../components/time.tsx'
import { useModel } from '../data/context.ts'
import { type ConversationGlance, useAgentIndex, useBeginWhenSeen, useGlance } from '../data/hooks.ts'
import { lastWords } from '../data/glimpse.ts'
import type { Unread } from '../data/read-marks.ts'
import { Link } from '../navigation/link.tsx'
import { useRoute } from '../navigation/navigation.ts'
import type { Route } from '../navigation/routes.ts'

/** A room in the navigation: what was said last, and how much is unread. */
export function RoomRow({ room }: { room: Room }) {
  const route = useRoute()
  const isHere =
    ((route.view === 'room' || route.view === 'room-details') && route.id === room.id) ||
    ((route.view === 'thread' || route.view === 'reply') && route.room === room.id)
  return (
    <Row
      conversation={{ kind: 'room', id: room.id }}
      to={{ view: 'room', id: room.id }}
      isHere={isHere}
      mark={<Icon name={room.visibility === 'public' ? 'world' : 'room'} />}
      name={room.name}
    />
  )
}

/** A direct channel in the navigation. */
export function DmRow({ dm }: { dm: DirectConversation }) {
  const route = useRoute()
  const { network, speaker } = useModel()
  const agents = useAgentIndex()
  const others = dm.participant_ids.filter((id) => id !== speaker.get().id)
  const shown = others.length > 0 ? others : dm.participant_ids
  const fqids = shown.map((id) => agentFqid(id, network.id) ?? id)
  const names = fqids.map((fqid, index) => agents.get(fqid)?.name ?? shown[index] ?? fqid)
  return (
    <Row
      conversation={{ kind: 'dm', id: dm.id }}
      to={{ view: 'dm', id: dm.id }}
      isHere={route.view === 'dm' && route.id === dm.id}
      mark={<Avatar name={names[0] ?? '?'} fqid={fqids[0] ?? dm.id} />}
      name={names.join(', ')}
    />
  )
}

interface RowProps {
  conversation: ConversationRef
  to: Route
  isHere: boolean
  mark: ReactNode
  name: string
}

function Row({ conversation, to, isHere, mark, name }: RowProps) {
  const row = useRef<HTMLLIElement>(null)
  useBeginWhenSeen(row, conversation)
  const glance = useGlance(conversation)
  const { last, unread } = glance
  return (
    <li ref={row} className="conversation-item">
      <Link
        to={to}
        className="conversation"
        aria-current={isHere ? 'page' : undefined}
        data-unread={unread.count > 0}
      >
        <span className="conversation-mark">{mark}</span>
        <bdi className="conversation-name">{name}</bdi>
        {last === undefined ? null : (
          <span className="conversation-ago">
            <Ago at={last.created_at} />
          </span>
        )}
        <span className="conversation-below">
          <LastWords glance={glance} />
          <UnreadCount unread={unread} />
        </span>
      </Link>
    </li>
  )
}

function LastWords({ glance }: { glance: ConversationGlance }) {
  const agents = useAgentIndex()
  return (
    <span className="conversation-last" dir="auto">
      {lastWords(glance, agents)}
    </span>
  )
}

function UnreadCount({ unread: { count, more } }: { unread: Unread }) {
  if (count === 0) return null
  return (
    <span className="count">
      {count > 99 ? '99+' : `${count}${more ? '+' : ''}`}
      <span className="sr-only"> unread</span>
    </span>
  )
}
