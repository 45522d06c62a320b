import type { AgentSummary } from '@moltnet/protocol'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { Avatar } from '../../components/avatar.tsx'
import { FilterInput } from '../../components/filter-input.tsx'
import { Presence } from '../../components/presence.tsx'
import { Failure, Loading, State } from '../../components/states.tsx'
import { useModel } from '../../data/context.ts'
import { Link } from '../../navigation/link.tsx'
import { goTo } from '../../navigation/navigation.ts'
import { bestMatches } from '../../shell/match.ts'
import { NodeSnippet } from '../node-snippet-view.tsx'
import { useViewKeys } from '../view-keys.ts'
import { ViewHead } from '../view-head.tsx'
import { AgentPane } from './agent-pane.tsx'
import { attachmentWords } from './attachment-words.ts'
import { LastWake } from './last-wake.tsx'

/** How often the figures of attachments are looked at while they are shown, in milliseconds. */
const FIGURES_MS = 10_000

/** All agents: who is there, what each is doing, and what became of its last wake. */
export function AgentsView({ chosen }: { chosen?: string }) {
  const { queries } = useModel()
  const { data, error, refetch } = useQuery({ ...queries.agents, refetchInterval: FIGURES_MS })
  const [filter, setFilter] = useState('')
  const shown = useMemo(() => matching(data ?? [], filter), [data, filter])
  const connected = data?.filter((agent) => agent.connected).length ?? 0
  const isBeside = chosen !== undefined
  useViewKeys(useMemo(() => (isBeside ? { close: () => goTo({ view: 'agents' }) } : {}), [isBeside]))
  return (
    <div className="split" data-beside={isBeside}>
      <section className="view-body" aria-label="Agents">
        <ViewHead
          title="Agents"
          about={data === undefined ? undefined : `${connected} of ${data.length} connected`}
        >
          <FilterInput label="Filter agents" value={filter} onChange={setFilter} />
        </ViewHead>
        <div className="scroll">
          {data === undefined && error === null ? <Loading label="Loading agents" /> : null}
          {error === null ? null : <Failure error={error} retry={() => void refetch()} />}
          {data?.length === 0 ? <NoAgents /> : null}
          {data !== undefined && data.length > 0 ? <AgentTable agents={shown} chosen={chosen} /> : null}
        </div>
      </section>
      {chosen === undefined ? null : <AgentPane key={chosen} agentId={chosen} />}
    </div>
  )
}

function matching(agents: readonly AgentSummary[], filter: string): AgentSummary[] {
  const named = agents.map((agent) => ({
    agent,
    name: agent.name ?? agent.id,
    hint: `${agent.id} ${agent.rooms?.join(' ') ?? ''}`,
  }))
  return bestMatches(named, filter, named.length).map(({ agent }) => agent)
}

function AgentTable({ agents, chosen }: { agents: readonly AgentSummary[]; chosen: string | undefined }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Agent</th>
          <th scope="col">State</th>
          <th scope="col">Rooms</th>
          <th scope="col">Last wake</th>
        </tr>
      </thead>
      <tbody>
        {agents.map((agent) => (
          <AgentRow key={agent.fqid} agent={agent} isChosen={agent.id === chosen} />
        ))}
      </tbody>
    </table>
  )
}

function AgentRow({ agent, isChosen }: { agent: AgentSummary; isChosen: boolean }) {
  const { id, name = agent.id, fqid, rooms = [], attachment } = agent
  return (
    <tr data-chosen={isChosen}>
      <th scope="row">
        <Link to={{ view: 'agent', id }} className="who" aria-current={isChosen ? 'true' : undefined}>
          <Avatar name={name} fqid={fqid} />
          <span className="who-names">
            <bdi>{name}</bdi>
            <code className="quiet">{id}</code>
          </span>
        </Link>
      </th>
      <td>
        <span className="agent-state">
          <Presence connected={agent.connected} working={(attachment?.turns ?? 0) > 0} />
          {attachmentWords(agent)}
        </span>
      </td>
      <td>
        <span className="chips">
          {rooms.slice(0, ROOMS).map((room) => (
            <Link key={room} to={{ view: 'room', id: room }} className="chip">
              {room}
            </Link>
          ))}
          {rooms.length > ROOMS ? <span className="quiet">and {rooms.length - ROOMS} more</span> : null}
          {rooms.length === 0 ? <span className="quiet">none</span> : null}
        </span>
      </td>
      <td>
        <LastWake agent={agent} />
      </td>
    </tr>
  )
}

/** Rooms of an agent that its row names. */
const ROOMS = 4

function NoAgents() {
  return (
    <State icon="agents" title="No agent yet">
      <p>Attach one from the machine where it lives:</p>
      <NodeSnippet rooms={['general']} agentId={undefined} />
    </State>
  )
}
