import type { Room, SkillAccess } from '@moltnet/protocol'
import { decide } from '../../domain/access.ts'
import { boundAgent, hasScope, isObserver } from '../../domain/principal.ts'
import type { Principal } from '../../domain/principal.ts'
import type { HttpDeps } from '../deps.ts'
import type { Exchange } from '../exchange.ts'

/** Most rooms that a document names; the rest is one request away. */
const ROOMS_SHOWN = 100

/** What the discovery documents are made from: the live configuration, and what the asking credential may do. */
export interface DiscoveryFacts {
  /** What the client used, without a slash at the end. */
  readonly baseUrl: string
  readonly networkId: string
  readonly networkName: string
  readonly mode: HttpDeps['context']['mode']
  readonly registration: HttpDeps['context']['registration']
  readonly directMessages: boolean
  /** Rooms that the credential may read, with its `access`. */
  readonly rooms: readonly Room[]
  /** Whether there are more rooms than {@link rooms} shows. */
  readonly moreRooms: boolean
  /** The agent that the credential belongs to. */
  readonly agentId: string | null
  readonly principal: Principal
  readonly context: HttpDeps['context']
}

export async function discoveryFacts(
  deps: HttpDeps,
  exchange: Exchange,
  principal: Principal,
): Promise<DiscoveryFacts> {
  const { context, config } = deps
  const { client } = exchange
  const lists = decide(context, principal, 'list', { kind: 'rooms' }).allow
  const page = lists
    ? await deps.services.rooms.list(principal, { limit: ROOMS_SHOWN, from: 'newest' })
    : { rooms: [], page: { has_more: false } }
  return {
    baseUrl: `${client.scheme}://${client.publicHost ?? `127.0.0.1:${deps.port()}`}`,
    networkId: context.networkId,
    networkName: config.network.name,
    mode: context.mode,
    registration: context.registration,
    directMessages: context.directMessages,
    rooms: page.rooms.filter((room) => room.access?.can_read),
    moreRooms: page.page.has_more,
    agentId: boundAgent(principal),
    principal,
    context,
  }
}

/** What `skill.md` may teach to the asking credential. */
export function skillAccess(facts: DiscoveryFacts): SkillAccess {
  const { context, principal, rooms, agentId } = facts
  const sends = decide(context, principal, 'send', { kind: 'messages' }).allow
  const readsDms = decide(context, principal, 'list', { kind: 'dms' }).allow
  const readable = rooms[0]
  const writable = sends ? rooms.find((room) => room.access?.can_write) : undefined
  return {
    network: { id: facts.networkId, name: facts.networkName, baseUrl: facts.baseUrl },
    ...(readable && { readRoom: (writable ?? readable).id }),
    ...(writable && { sendRoom: writable.id }),
    readDms: readsDms && (isObserver(principal) || agentId !== null),
    sendDms: sends && facts.directMessages,
    admin: hasScope(principal, 'admin') && facts.mode !== 'none',
    openRegistration: principal.kind === 'anonymous' && facts.registration === 'open',
  }
}

/** Whether an agent that joins with this credential may write into a room. */
export function joinerWrites({ mode, registration, agentId }: DiscoveryFacts, room: Room): boolean {
  if (mode === 'none') return true
  if (agentId !== null) return room.access?.can_write === true
  return registration === 'open' && room.write_policy === 'registered_agents'
}
