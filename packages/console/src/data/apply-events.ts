import type {
  AgentSummary,
  DirectConversation,
  EventOf,
  Message,
  MoltnetEvent,
  Room,
  Thread,
} from '@moltnet/protocol'
import { isAgentEvent } from './event-kinds.ts'

/** A list of the cache with what a later event made of it; the same list when nothing changed. */
type Changed<T> = (known: readonly T[]) => readonly T[]

/** What events change, each list by itself. Undefined: the list is not loaded, and nothing is done. */
export interface ListChanges {
  rooms(change: Changed<Room>): void
  agents(change: Changed<AgentSummary>): void
  dms(change: Changed<DirectConversation>): void
  threads(roomId: string, change: Changed<Thread>): void
}

/** Brings the lists up to what an event says. Events that are older than what a list knows change nothing. */
export function applyToLists(event: MoltnetEvent, lists: ListChanges): void {
  switch (event.type) {
    case 'room.created':
    case 'room.members.updated':
      return lists.rooms((rooms) => withRoom(rooms, event.room))
    case 'room.removed':
      return lists.rooms((rooms) => rooms.filter(({ id }) => id !== event.room.id))
    case 'thread.created':
      return lists.threads(event.thread.room_id, (threads) => withItem(threads, event.thread))
    case 'dm.created':
      return lists.dms((dms) => withItem(dms, event.dm))
    case 'message.created':
      return countMessage(event.message, lists)
    case 'pairing.updated':
    case 'stream.replay_gap':
      return
    default:
      if (isAgentEvent(event)) lists.agents((agents) => withAgentEvent(agents, event))
  }
}

/** An event about a room leaves out what only the asking credential is told. */
function withRoom(rooms: readonly Room[], room: Room): readonly Room[] {
  const known = rooms.find(({ id }) => id === room.id)
  return withItem(rooms, { ...room, access: room.access ?? known?.access })
}

/** Puts an item into its place by id, over the one that is known. */
function withItem<T extends { id: string }>(items: readonly T[], item: T): readonly T[] {
  const others = items.filter(({ id }) => id !== item.id)
  const at = others.findIndex(({ id }) => id > item.id)
  return at < 0 ? [...others, item] : [...others.slice(0, at), item, ...others.slice(at)]
}

function countMessage({ target, created_at: at }: Message, lists: ListChanges): void {
  if (target.kind === 'thread') {
    lists.threads(target.room_id, (threads) => counted(threads, target.thread_id, at))
  } else if (target.kind === 'dm') {
    lists.dms((dms) => counted(dms, target.dm_id, at))
  }
}

/** A message that is not newer than the newest known one is counted already. */
function counted<T extends Thread | DirectConversation>(
  items: readonly T[],
  id: string,
  at: string,
): readonly T[] {
  const known = items.find((item) => item.id === id)
  if (known === undefined || at <= (known.last_message_at ?? '')) return items
  const next = { ...known, message_count: known.message_count + 1, last_message_at: at }
  return items.map((item) => (item === known ? next : item))
}

type AgentEvent = EventOf<'agent.connected' | 'agent.disconnected' | 'agent.removed'>

function withAgentEvent(
  agents: readonly AgentSummary[],
  event: MoltnetEvent & { agent: AgentEvent['agent'] },
) {
  const { agent } = event
  const known = agents.find(({ fqid }) => fqid === agent.fqid)
  switch (event.type) {
    case 'agent.removed':
      return agents.filter((other) => other !== known)
    case 'agent.connected':
      if (known === undefined) return withItem(agents, newAgent(agent))
      return withItem(agents, { ...known, name: agent.name ?? known.name, connected: true })
    case 'agent.disconnected':
      return known === undefined ? agents : withItem(agents, { ...known, connected: false })
    default:
      return known === undefined
        ? agents
        : withItem(agents, { ...known, last_wake: lastWake(event) ?? known.last_wake })
  }
}

function lastWake({
  agent,
  created_at: at,
}: MoltnetEvent & { agent: AgentEvent['agent'] }): AgentSummary['last_wake'] {
  const { wake_id: id, message_id, state, reason } = agent
  if (id === undefined || message_id === undefined || state === undefined) return undefined
  return { id, message_id, state, at, ...(reason === undefined ? {} : { reason }) }
}

function newAgent({ agent_id: id, fqid, network_id, name }: AgentEvent['agent']): AgentSummary {
  return { id, fqid, network_id, connected: true, ...(name === undefined ? {} : { name }) }
}
