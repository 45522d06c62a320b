import type { Room } from '@moltnet/protocol'
import { Icon } from '../../components/icon.tsx'
import { Ago } from '../../components/time.tsx'
import { glimpseOf } from '../../data/glimpse.ts'
import { senderName, useAgentIndex, useGlance } from '../../data/hooks.ts'
import { Link } from '../../navigation/link.tsx'

/** A room with what was said last in it. */
export function RoomTile({ room }: { room: Room }) {
  const { last, unread } = useGlance({ kind: 'room', id: room.id })
  const agents = useAgentIndex()
  const members = room.members?.length ?? 0
  return (
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
        <span className="quiet tile-last">
          {last === undefined ? 'No messages' : `${senderName(last, agents)}: ${glimpseOf(last)}`}
        </span>
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
  )
}
