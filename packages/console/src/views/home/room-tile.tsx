import type { Room } from '@moltnet/protocol'
import { useRef } from 'react'
import { Icon } from '../../components/icon.tsx'
import { Ago } from '../../components/time.tsx'
import { lastWords } from '../../data/glimpse.ts'
import { useAgentIndex, useBeginWhenSeen, useGlance } from '../../data/hooks.ts'
import { Link } from '../../navigation/link.tsx'

/** A room with what was said last in it. */
export function RoomTile({ room }: { room: Room }) {
  const tile = useRef<HTMLDivElement>(null)
  useBeginWhenSeen(tile, { kind: 'room', id: room.id })
  const glance = useGlance({ kind: 'room', id: room.id })
  const { last, unread } = glance
  const agents = useAgentIndex()
  const members = room.members?.length ?? 0
  return (
    <div ref={tile}>
      <Link to={{ view: 'room', id: room.id }} className="card tile">
        <span className="tile-mark">
          <Icon name={room.visibility === 'public' ? 'world' : 'room'} />
        </span>
        <span className="tile-text">
          <span className="tile-title">
            <bdi>{room.name}</bdi>
            <span className="quiet">
              {members} {members === 1 ? 'member' : 'members'}
            </span>
          </span>
          <span className="quiet tile-last">{lastWords(glance, agents)}</span>
        </span>
        <span className="tile-end">
          {last === undefined ? null : <Ago at={last.created_at} />}
          {unread.count > 0 ? (
            <span className="count">
              {unread.count > 99 ? '99+' : unread.count}
              <span className="sr-only"> unread</span>
            </span>
          ) : null}
        </span>
      </Link>
    </div>
  )
}
