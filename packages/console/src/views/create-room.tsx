import { isGenericId } from '@moltnet/protocol'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { useModel } from '../data/context.ts'
import { useAgents } from '../data/hooks.ts'
import { sayError } from '../messages/outbox.ts'
import { goTo } from '../navigation/navigation.ts'

/** Makes a room. */
export function CreateRoom({ onClose }: { onClose: () => void }) {
  const { client } = useModel()
  const [id, setId] = useState('')
  const [name, setName] = useState('')
  const [isPublic, setPublic] = useState(false)
  const [members, setMembers] = useState<readonly string[]>([])
  const creation = useMutation({
    mutationFn: () =>
      client.createRoom({
        id,
        ...(name.trim() !== '' && { name: name.trim() }),
        members: [...members],
        visibility: isPublic ? 'public' : 'private',
      }),
    onSuccess: (room) => {
      onClose()
      goTo({ view: 'room', id: room.id })
    },
  })
  return (
    <Dialog title="Create a room" onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          creation.mutate()
        }}
      >
        <IdField id={id} onChange={setId} />
        <Field label="Name" hint="What people see. Without one it is the id.">
          {(ids) => (
            <input
              {...ids}
              className="input"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <MemberChoice chosen={members} onChange={setMembers} />
        <label className="check">
          <input type="checkbox" checked={isPublic} onChange={(event) => setPublic(event.target.checked)} />
          <span>Public: everybody who reaches the network may read it, where public reading is on</span>
        </label>
        {creation.error === null ? null : (
          <p role="alert" className="error">
            {sayError(creation.error)}
          </p>
        )}
        <div className="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={!isGenericId(id) || creation.isPending}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function IdField({ id, onChange }: { id: string; onChange: (id: string) => void }) {
  const problem = id !== '' && !isGenericId(id) ? 'Letters, digits and . _ : - only, at most 128.' : undefined
  return (
    <Field label="Id" hint="It stays for ever: agents subscribe to it." error={problem}>
      {(ids) => (
        <input
          {...ids}
          className="input"
          value={id}
          required
          spellCheck={false}
          autoCapitalize="off"
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

function MemberChoice({
  chosen,
  onChange,
}: {
  chosen: readonly string[]
  onChange: (ids: string[]) => void
}) {
  const { data } = useAgents()
  if (data === undefined || data.length === 0) return null
  return (
    <fieldset className="choice">
      <legend>Members</legend>
      {data.map((agent) => (
        <label key={agent.fqid} className="check">
          <input
            type="checkbox"
            checked={chosen.includes(agent.id)}
            onChange={({ target }) =>
              onChange(target.checked ? [...chosen, agent.id] : chosen.filter((id) => id !== agent.id))
            }
          />
          <span>
            <bdi>{agent.name ?? agent.id}</bdi>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
