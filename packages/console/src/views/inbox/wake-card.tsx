import { agentFqid, conversationOf, type Target, type Wake } from '@moltnet/protocol'
import { useQuery } from '@tanstack/react-query'
import { Avatar } from '../../components/avatar.tsx'
import { Ago } from '../../components/time.tsx'
import { useModel } from '../../data/context.ts'
import { loaderOf } from '../../data/conversations.ts'
import { glimpseOf, senderName } from '../../data/glimpse.ts'
import { useAgentIndex, useRooms } from '../../data/hooks.ts'
import { oneMessage } from '../../data/page-around.ts'
import { KEYS } from '../../data/queries.ts'
import { Actions } from '../../messages/delivery/delivery-details.tsx'
import { outcomeOf, whyOf } from '../../messages/delivery/outcome.ts'
import { Link } from '../../navigation/link.tsx'
import type { Route } from '../../navigation/routes.ts'
import { StateTag } from '../agents/last-wake.tsx'

interface WakeCardProps {
  wake: Wake
  /** In a list about one agent: it is not named. */
  isCompact?: boolean
}

/** A wake with the message that it is about, and what can be done with it. */
export function WakeCard({ wake, isCompact = false }: WakeCardProps) {
  const { network } = useModel()
  const agents = useAgentIndex()
  const fqid = agentFqid(wake.agent_id, network.id) ?? wake.agent_id
  const name = agents.get(fqid)?.name ?? wake.agent_id
  const why = whyOf(wake)
  return (
    <article
      className="card wake-card"
      data-compact={isCompact}
      data-state={wake.state}
      aria-label={`Wake of ${name}`}
    >
      <header className="wake-head">
        {isCompact ? null : (
          <Link to={{ view: 'agent', id: wake.agent_id }} className="who">
            <Avatar name={name} fqid={fqid} />
            <bdi>{name}</bdi>
          </Link>
        )}
        <StateTag state={wake.state} finalText={wake.final_text} />
        <Place target={wake.target} messageId={wake.message_id} />
        <Ago at={wake.created_at} />
      </header>
      {isCompact ? null : (
        <p className="quiet">
          {name} {outcomeOf(wake).sentence}
          {wake.attempts > 1 ? ` (${wake.attempts} tries)` : ''}.
        </p>
      )}
      {why.length === 0 ? null : <p className="wake-why">{why.join(' · ')}</p>}
      <AboutMessage wake={wake} />
      {wake.final_text === undefined || wake.final_text === '' ? null : (
        <div className="held-text">
          <strong>Held text</strong>
          <pre dir="auto">{wake.final_text}</pre>
        </div>
      )}
      <Actions delivery={wake} name={name} />
    </article>
  )
}

/** Where the message of a wake stands, as a link to it. */
function Place({ target, messageId }: { target: Target; messageId: string }) {
  const { data } = useRooms()
  const name =
    target.kind === 'dm'
      ? 'direct'
      : `${target.kind === 'thread' ? 'thread in ' : ''}${data?.find(({ id }) => id === target.room_id)?.name ?? target.room_id}`
  return (
    <Link to={routeOfMessage(target, messageId)} className="wake-place">
      {name}
    </Link>
  )
}

/** The place of a message. */
export function routeOfMessage(target: Target, message: string): Route {
  switch (target.kind) {
    case 'room':
      return { view: 'room', id: target.room_id, message }
    case 'thread':
      return { view: 'thread', room: target.room_id, id: target.thread_id, message }
    case 'dm':
      return { view: 'dm', id: target.dm_id, message }
  }
}

/** What the message said that the wake is about. */
function AboutMessage({ wake }: { wake: Wake }) {
  const { client, conversations } = useModel()
  const agents = useAgentIndex()
  const conversation = conversationOf(wake.target)
  const known = conversations.log(conversation).find(wake.message_id)
  const { data } = useQuery({
    queryKey: KEYS.message(wake.message_id),
    queryFn: async () => (await oneMessage(loaderOf(client, conversation), wake.message_id)) ?? null,
    enabled: known === undefined,
  })
  const message = known ?? data
  if (message == null) return null
  return (
    <blockquote className="wake-message">
      <bdi>{senderName(message, agents)}</bdi>: {glimpseOf(message)}
    </blockquote>
  )
}
