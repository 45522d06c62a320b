import { conversationKey, type MoltnetEvent } from '@moltnet/protocol'
import type { Tone } from '../../design/tone.ts'
import { glimpseOf } from '../../data/glimpse.ts'
import { type AgentEvent, isAgentEvent } from '../../data/event-kinds.ts'
import { outcomeOf } from '../../messages/delivery/outcome.ts'
import type { Route } from '../../navigation/routes.ts'
import { routeOfMessage } from '../inbox/wake-card.tsx'

/** An event in words, and where it leads. */
export interface DescribedEvent {
  text: string
  route?: Route
  tone?: Tone
}

export function describeEvent(event: MoltnetEvent): DescribedEvent {
  switch (event.type) {
    case 'message.created': {
      const { from, target, id } = event.message
      const text = `${from.name ?? from.id} in ${conversationKey(target)}: ${glimpseOf(event.message)}`
      return { text, route: routeOfMessage(target, id) }
    }
    case 'room.created':
      return { text: event.room.name, route: { view: 'room', id: event.room.id } }
    case 'room.members.updated':
      return {
        text: `${event.room.name}: ${event.room.members?.join(', ') ?? 'nobody'}`,
        route: { view: 'room', id: event.room.id },
      }
    case 'room.removed':
      return { text: event.room.name }
    case 'thread.created':
      return {
        text: event.thread.id,
        route: { view: 'thread', room: event.thread.room_id, id: event.thread.id },
      }
    case 'dm.created':
      return { text: event.dm.participant_ids.join(', '), route: { view: 'dm', id: event.dm.id } }
    case 'pairing.updated':
      return {
        text: `${event.pairing.remote_network_id} is ${event.pairing.status}`,
        route: { view: 'pairings' },
        tone: event.pairing.status === 'connected' ? 'ok' : 'warn',
      }
    case 'stream.replay_gap':
      return {
        text: `events before ${event.replay_gap.oldest_event_id} are not known any more`,
        tone: 'warn',
      }
    default:
      return isAgentEvent(event) ? describeAgentEvent(event) : { text: '' }
  }
}

function describeAgentEvent({ type, agent }: AgentEvent): DescribedEvent {
  const name = agent.name ?? agent.agent_id
  const what = agent.state === undefined ? [] : [outcomeOf({ state: agent.state }).sentence]
  const why = [agent.reason?.replaceAll('_', ' '), agent.error].filter(
    (word) => word !== undefined && word !== '' && word !== agent.state,
  )
  const text = [[name, ...what].join(' '), ...why].join(' · ')
  const route: Route =
    agent.target !== undefined && agent.message_id !== undefined
      ? routeOfMessage(agent.target, agent.message_id)
      : { view: 'agent', id: agent.agent_id }
  const isBad = type === 'agent.wake.failed' || agent.state === 'failed' || agent.state === 'dead'
  return { text, route, ...(isBad && { tone: 'bad' as const }) }
}
