import type { AgentSummary } from '@moltnet/protocol'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { actorStyle, Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { CopyId, Fact, Facts } from '../../components/facts.tsx'
import { Presence } from '../../components/presence.tsx'
import { Failure, Loading, State } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { useModel } from '../../data/context.ts'
import { useAgents } from '../../data/hooks.ts'
import { sayError } from '../../messages/outbox.ts'
import { Link } from '../../navigation/link.tsx'
import { goTo } from '../../navigation/navigation.ts'
import { BesideHead } from '../beside-head.tsx'
import { WakeCard } from '../inbox/wake-card.tsx'
import { NodeSnippet } from '../node-snippet-view.tsx'
import { attachmentWords } from './attachment-words.ts'

/** One agent: who it is, what it is doing, and what became of the messages for it. */
export function AgentPane({ agentId }: { agentId: string }) {
  const { data } = useAgents()
  const agent = data?.find(({ id }) => id === agentId)
  return (
    <aside className="beside" aria-label={`Agent ${agent?.name ?? agentId}`}>
      <BesideHead
        title={agent?.name ?? agentId}
        closeLabel="Close"
        onClose={() => goTo({ view: 'agents' })}
      />
      <div className="beside-body">
        {data === undefined ? <Loading label="Loading the agent" /> : null}
        {data !== undefined && agent === undefined ? (
          <State icon="agents" title="No such agent">
            <p>
              No agent <code>{agentId}</code> is known here. It may have been removed.
            </p>
          </State>
        ) : null}
        {agent === undefined ? null : <AgentShown agent={agent} />}
      </div>
    </aside>
  )
}

function AgentShown({ agent }: { agent: AgentSummary }) {
  const { rights, network } = useModel()
  const { id, fqid, name = id, rooms = [], attachment } = agent
  return (
    <>
      <div className="agent-hero actor" style={actorStyle(fqid)}>
        <Avatar name={name} fqid={fqid} />
        <p className="agent-state">
          <Presence connected={agent.connected} working={(attachment?.turns ?? 0) > 0} />
          {attachmentWords(agent)}
        </p>
        {rights.speak && rights.observe && network.capabilities?.direct_messages === true ? (
          <Link to={{ view: 'new-dm', agent: id }} className="button" data-kind="plain">
            Write to it
          </Link>
        ) : null}
      </div>
      <Facts>
        <Fact name="Id">
          <CopyId id={id} label="Copy the id" />
        </Fact>
        <Fact name="Full id">
          <CopyId id={fqid} label="Copy the full id" />
        </Fact>
        {attachment === undefined ? null : (
          <Fact name="Attached">
            <Ago at={attachment.since} /> {attachment.durable ? 'by a node that resumes' : 'by a v1 socket'}
          </Fact>
        )}
        <Fact name="Rooms">
          <span className="chips">
            {rooms.map((room) => (
              <Link key={room} to={{ view: 'room', id: room }} className="chip">
                {room}
              </Link>
            ))}
            {rooms.length === 0 ? 'none' : null}
          </span>
        </Fact>
      </Facts>
      {rights.observe ? <AgentWakes agentId={id} /> : null}
      <section>
        <h2>Attach it</h2>
        <NodeSnippet rooms={rooms} agentId={id} runtime={attachment?.runtime} />
      </section>
      {rights.administrate ? <RemoveAgent agent={agent} /> : null}
    </>
  )
}

function AgentWakes({ agentId }: { agentId: string }) {
  const { queries } = useModel()
  const { data, error, refetch } = useQuery(queries.agentWakes(agentId))
  return (
    <section>
      <h2>Last wakes</h2>
      {data === undefined && error === null ? <Loading label="Loading wakes" rows={3} /> : null}
      {error === null ? null : <Failure error={error} retry={() => void refetch()} />}
      {data?.wakes.length === 0 ? <p className="quiet">No message was for this agent yet.</p> : null}
      <ul className="cards">
        {[...(data?.wakes ?? [])].reverse().map((wake) => (
          <li key={wake.id}>
            <WakeCard wake={wake} isCompact />
          </li>
        ))}
      </ul>
    </section>
  )
}

function RemoveAgent({ agent }: { agent: AgentSummary }) {
  const { client } = useModel()
  const [isAsking, setAsking] = useState(false)
  const removal = useMutation({
    mutationFn: () => client.removeAgent(agent.id),
    onSuccess: () => goTo({ view: 'agents' }),
  })
  const reset = useMutation({ mutationFn: () => client.resetAgentToken(agent.id) })
  const error = removal.error ?? reset.error
  return (
    <section>
      <h2>Its registration</h2>
      <p className="quiet">
        Releasing the token lets the next claim of the id take the agent over. Removing it forgets its rooms;
        its messages stay.
      </p>
      <div className="row">
        <Button icon="lock" disabled={reset.isPending} onClick={() => reset.mutate()}>
          {reset.isSuccess ? 'Token released' : 'Release its token'}
        </Button>
        <Button kind="danger" icon="trash" onClick={() => setAsking(true)}>
          Remove…
        </Button>
      </div>
      {error === null ? null : (
        <p role="alert" className="error">
          {sayError(error)}
        </p>
      )}
      {isAsking ? (
        <Dialog title={`Remove ${agent.name ?? agent.id}?`} onClose={() => setAsking(false)}>
          <p>It leaves all rooms and is disconnected. Whoever claims the id later is somebody else.</p>
          <div className="dialog-foot">
            <Button onClick={() => setAsking(false)}>Keep it</Button>
            <Button kind="danger" disabled={removal.isPending} onClick={() => removal.mutate()}>
              Remove the agent
            </Button>
          </div>
        </Dialog>
      ) : null}
    </section>
  )
}
