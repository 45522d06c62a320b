import { agentFqid, isMemberId, parseAgentRef, type Room } from '@moltnet/protocol'
import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Avatar } from '../../components/avatar.tsx'
import { Button, IconButton } from '../../components/button.tsx'
import { Presence } from '../../components/presence.tsx'
import { useModel } from '../../data/context.ts'
import { useAgentIndex, useAgents } from '../../data/hooks.ts'
import { sayError } from '../../messages/outbox.ts'
import { Link } from '../../navigation/link.tsx'
import { routeOfFqid } from '../../navigation/routes.ts'

/** Who is in a room; administrators add and remove members. */
export function RoomMembers({ room }: { room: Room }) {
  const { client, rights } = useModel()
  const members = room.members ?? []
  const change = useMutation({
    mutationFn: (body: { add?: string[]; remove?: string[] }) => client.updateRoomMembers(room.id, body),
  })
  return (
    <section>
      <h2>
        Members <span className="quiet">{members.length}</span>
      </h2>
      {members.length === 0 ? <p className="quiet">Nobody is in this room.</p> : null}
      <ul className="list">
        {members.map((member) => (
          <Member
            key={member}
            member={member}
            remove={rights.administrate ? () => change.mutate({ remove: [member] }) : undefined}
          />
        ))}
      </ul>
      {rights.administrate ? <AddMember room={room} add={(id) => change.mutate({ add: [id] })} /> : null}
      {change.error === null ? null : (
        <p role="alert" className="error">
          {sayError(change.error)}
        </p>
      )}
    </section>
  )
}

function Member({ member, remove }: { member: string; remove: (() => void) | undefined }) {
  const { network } = useModel()
  const fqid = agentFqid(member, network.id) ?? member
  const agent = useAgentIndex().get(fqid)
  const name = agent?.name ?? parseAgentRef(member)?.id ?? member
  const route = routeOfFqid(fqid, network.id)
  const shown = (
    <>
      <Avatar name={name} fqid={fqid} />
      <bdi>{name}</bdi>
      <code className="quiet">{member}</code>
    </>
  )
  return (
    <li className="list-item">
      {route === undefined ? (
        <span className="who">{shown}</span>
      ) : (
        <Link to={route} className="who">
          {shown}
        </Link>
      )}
      {agent === undefined ? null : <Presence connected={agent.connected} />}
      {remove === undefined ? null : <IconButton icon="cross" label={`Remove ${name}`} onClick={remove} />}
    </li>
  )
}

function AddMember({ room, add }: { room: Room; add: (id: string) => void }) {
  const [text, setText] = useState('')
  const id = useId()
  const { data } = useAgents()
  const others = data?.filter((agent) => !room.members?.includes(agent.id)) ?? []
  const isValid = isMemberId(text.trim())
  return (
    <form
      className="inline-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isValid) return
        add(text.trim())
        setText('')
      }}
    >
      <input
        className="input"
        list={id}
        value={text}
        placeholder="Agent id"
        aria-label="Id of the agent to add"
        spellCheck={false}
        autoCapitalize="off"
        onChange={(event) => setText(event.target.value)}
      />
      <datalist id={id}>
        {others.map((agent) => (
          <option key={agent.fqid} value={agent.id}>
            {agent.name}
          </option>
        ))}
      </datalist>
      <Button type="submit" icon="plus" disabled={!isValid}>
        Add
      </Button>
    </form>
  )
}
