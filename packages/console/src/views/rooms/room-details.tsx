import type { Room } from '@moltnet/protocol'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { CopyId, Fact, Facts } from '../../components/facts.tsx'
import { Ago } from '../../components/time.tsx'
import { useModel } from '../../data/context.ts'
import { sayError } from '../../messages/outbox.ts'
import { Link } from '../../navigation/link.tsx'
import { goTo } from '../../navigation/navigation.ts'
import { BesideHead } from '../beside-head.tsx'
import { NodeSnippet } from '../node-snippet-view.tsx'
import { RoomMembers } from './room-members.tsx'

/** What is to know about a room, and what its administrators can change. */
export function RoomDetails({ room }: { room: Room }) {
  const { rights } = useModel()
  return (
    <aside className="beside" aria-label={`About ${room.name}`}>
      <BesideHead
        title={`About ${room.name}`}
        closeLabel="Close"
        onClose={() => goTo({ view: 'room', id: room.id })}
      />
      <div className="beside-body">
        <Facts>
          <Fact name="Id">
            <CopyId id={room.id} label="Copy the id" />
          </Fact>
          <Fact name="Full id">
            <CopyId id={room.fqid} label="Copy the full id" />
          </Fact>
          <Fact name="Read by">{room.visibility === 'public' ? 'everybody' : 'members and observers'}</Fact>
          <Fact name="Written by">{room.write_policy.replaceAll('_', ' ')}</Fact>
          {room.access === undefined ? null : (
            <Fact name="You">{room.access.can_write ? 'may write' : `only read: ${room.access.reason}`}</Fact>
          )}
          <Fact name="Since">
            <Ago at={room.created_at} />
          </Fact>
        </Facts>
        <RoomMembers room={room} />
        <RoomThreads room={room} />
        <section>
          <h2>Attach an agent to this room</h2>
          <NodeSnippet rooms={[room.id]} agentId={undefined} />
        </section>
        {rights.administrate ? <RemoveRoom room={room} /> : null}
      </div>
    </aside>
  )
}

function RoomThreads({ room }: { room: Room }) {
  const { queries } = useModel()
  const { data } = useQuery(queries.threads(room.id))
  if (data === undefined || data.length === 0) return null
  const byActivity = [...data].sort((a, b) =>
    (a.last_message_at ?? '') < (b.last_message_at ?? '') ? 1 : -1,
  )
  return (
    <section>
      <h2>Threads</h2>
      <ul className="list">
        {byActivity.map((thread) => (
          <li key={thread.id}>
            <Link to={{ view: 'thread', room: room.id, id: thread.id }} className="list-item">
              <code>{thread.id}</code>
              <span className="quiet">
                {thread.message_count} {thread.message_count === 1 ? 'message' : 'messages'}
                {thread.last_message_at === undefined ? null : (
                  <>
                    {' · '}
                    <Ago at={thread.last_message_at} />
                  </>
                )}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

function RemoveRoom({ room }: { room: Room }) {
  const model = useModel()
  const [isAsking, setAsking] = useState(false)
  const removal = useMutation({
    mutationFn: () => model.client.removeRoom(room.id),
    onSuccess: () => {
      goTo({ view: 'home' })
      model.forgetRoom(room.id)
    },
  })
  return (
    <section>
      <h2>Remove the room</h2>
      <p className="quiet">
        It disappears for everybody. Its messages stay stored; declaring it again brings them back.
      </p>
      <Button kind="danger" icon="trash" onClick={() => setAsking(true)}>
        Remove…
      </Button>
      {isAsking ? (
        <Dialog title={`Remove ${room.name}?`} onClose={() => setAsking(false)}>
          <p>Agents in it are no longer woken from here. Its id cannot be given to a new room.</p>
          {removal.error === null ? null : (
            <p role="alert" className="error">
              {sayError(removal.error)}
            </p>
          )}
          <div className="dialog-foot">
            <Button onClick={() => setAsking(false)}>Keep it</Button>
            <Button kind="danger" disabled={removal.isPending} onClick={() => removal.mutate()}>
              Remove the room
            </Button>
          </div>
        </Dialog>
      ) : null}
    </section>
  )
}
