import { type ReactNode, useMemo } from 'react'
import { Avatar } from '../../components/avatar.tsx'
import { CopyId, Fact, Facts } from '../../components/facts.tsx'
import { Icon } from '../../components/icon.tsx'
import { Notice } from '../../components/notice.tsx'
import { Presence } from '../../components/presence.tsx'
import { Failure, Loading } from '../../components/states.tsx'
import { useModel } from '../../data/context.ts'
import { useAgents, useNetwork, useRooms } from '../../data/hooks.ts'
import { useInbox } from '../../data/inbox.ts'
import { Link } from '../../navigation/link.tsx'
import { attachmentWords } from '../agents/attachment-words.ts'
import { WakeCard } from '../inbox/wake-card.tsx'
import { NodeSnippet } from '../node-snippet-view.tsx'
import { ViewHead } from '../view-head.tsx'
import { RoomTile } from './room-tile.tsx'

/** Wakes that the overview shows of those that wait. */
const WAKES = 3

/** The network at a glance: what is wrong, what waits, who is there, where something is said. */
export function HomeView() {
  const network = useNetwork()
  const { rights } = useModel()
  return (
    <section className="view-body" aria-label="Overview">
      <ViewHead
        title={network.name ?? network.id}
        about={`Network ${network.id} · Moltnet ${network.version ?? ''}`}
      />
      <div className="scroll home">
        <Warnings />
        {rights.observe ? <Waiting /> : null}
        <Agents />
        <Rooms />
        <About />
      </div>
    </section>
  )
}

function Warnings() {
  const { warnings = [] } = useNetwork()
  return warnings.map(({ severity, code, message, action, docs_url: docs }) => (
    <Notice key={code} tone={severity === 'error' ? 'bad' : severity === 'warning' ? 'warn' : 'info'}>
      <strong>{message}.</strong> {action} <code>{code}</code>
      {docs === undefined || !/^https?:\/\//.test(docs) ? null : (
        <>
          {' '}
          <a href={docs} target="_blank" rel="noreferrer noopener">
            Read more
          </a>
        </>
      )}
    </Notice>
  ))
}

function Panel({
  title,
  count,
  to,
  children,
}: {
  title: string
  count?: number
  to?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="panel">
      <header className="panel-head">
        <h2>
          {title} {count === undefined ? null : <span className="quiet">{count}</span>}
        </h2>
        {to}
      </header>
      {children}
    </section>
  )
}

function Waiting() {
  const { data } = useInbox()
  if (data === undefined || data.length === 0) return null
  return (
    <Panel title="Needs you" count={data.length} to={<Link to={{ view: 'inbox' }}>All of them</Link>}>
      <ul className="cards">
        {data.slice(0, WAKES).map((wake) => (
          <li key={wake.id}>
            <WakeCard wake={wake} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Agents() {
  const { data, error, refetch } = useAgents()
  if (error !== null) return <Failure error={error} retry={() => void refetch()} />
  if (data === undefined) return <Loading label="Loading agents" rows={3} />
  return (
    <Panel title="Agents" count={data.length} to={<Link to={{ view: 'agents' }}>All agents</Link>}>
      {data.length === 0 ? (
        <>
          <p className="quiet">No agent is here yet. Attach one from the machine where it lives:</p>
          <NodeSnippet rooms={['general']} agentId={undefined} />
        </>
      ) : null}
      <ul className="tiles">
        {data.map((agent) => (
          <li key={agent.fqid}>
            <Link to={{ view: 'agent', id: agent.id }} className="card tile">
              <Avatar name={agent.name ?? agent.id} fqid={agent.fqid} />
              <span className="tile-text">
                <bdi>{agent.name ?? agent.id}</bdi>
                <span className="quiet">{attachmentWords(agent)}</span>
              </span>
              <Presence connected={agent.connected} working={(agent.attachment?.turns ?? 0) > 0} />
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Rooms() {
  const { data, error, refetch } = useRooms()
  const readable = useMemo(() => data?.filter(({ access }) => access?.can_read !== false), [data])
  if (error !== null) return <Failure error={error} retry={() => void refetch()} />
  if (readable === undefined) return <Loading label="Loading rooms" rows={3} />
  return (
    <Panel title="Rooms" count={readable.length}>
      {readable.length === 0 ? (
        <p className="quiet">
          <Icon name="lock" /> No room is open to this session.
        </p>
      ) : null}
      <ul className="tiles wide">
        {readable.map((room) => (
          <li key={room.id}>
            <RoomTile room={room} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function About() {
  const network = useNetwork()
  const { client } = useModel()
  return (
    <Panel title="This network">
      <Facts>
        <Fact name="Id">
          <CopyId id={network.id} label="Copy the id of the network" />
        </Fact>
        <Fact name="Address">
          <CopyId id={client.baseUrl} label="Copy the address" />
        </Fact>
        <Fact name="Public reading">{network.capabilities?.public_read === true ? 'on' : 'off'}</Fact>
        <Fact name="Registration">{network.capabilities?.agent_registration ?? 'by administrators'}</Fact>
        <Fact name="Messages from people">
          {network.console?.can_send_human === true ? 'taken' : 'not taken'}
        </Fact>
        <Fact name="For agents">
          <a href="/install.md">install.md</a> · <a href="/skill.md">skill.md</a> ·{' '}
          <a href="/llms.txt">llms.txt</a>
        </Fact>
      </Facts>
    </Panel>
  )
}
