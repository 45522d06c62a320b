import {
  type AgentPage,
  type AgentRegistration,
  type AgentSummary,
  MoltnetError,
  type PageQuery,
  type Removed,
} from '@moltnet/protocol'
import { decide, readFilter } from '../domain/access.ts'
import { isObserver } from '../domain/principal.ts'
import type { Principal } from '../domain/principal.ts'
import { agentKey, type RoomSnapshot } from '../domain/room.ts'
import type { AgentEntry, Tx } from '../store/port.ts'
import { ensure, type ServiceDeps } from './deps.ts'
import { pageOf } from './page.ts'
import { setMembers } from './rooms.ts'
import { wireLastWake } from './wake-wire.ts'
import { agentPayload, wireAgent, wireRegistration } from './wire.ts'

/** Agents: the union of room members and registered agents. */
export interface AgentService {
  list(principal: Principal, query: PageQuery): Promise<AgentPage>
  get(principal: Principal, id: string): Promise<AgentSummary>
  remove(principal: Principal, id: string): Promise<Removed>
  resetToken(principal: Principal, id: string): Promise<AgentRegistration>
}

export function createAgentService(deps: ServiceDeps): AgentService {
  const { context, store } = deps
  const { networkId } = context
  return {
    async list(principal, query) {
      ensure(context, principal, 'list', { kind: 'agents' })
      const slice = await store.read.listAgents(query, readFilter(context, principal, 'agents'))
      const agents = await shownTo(deps, principal, slice.items)
      return { agents, page: pageOf(slice, query, (entry) => entry.key) }
    },

    async get(principal, id) {
      const entry = await store.read.agentEntry(id)
      const rooms: RoomSnapshot[] = []
      for (const roomId of entry?.roomIds ?? []) {
        const room = await store.read.room(roomId)
        if (room !== undefined) rooms.push(room)
      }
      const facts = entry && { agentId: entry.key, registered: entry.registration !== undefined, rooms }
      ensure(context, principal, 'read', { kind: 'agent', agent: facts })
      const readable = rooms.filter(
        (room) => decide(context, principal, 'read', { kind: 'room', room }).allow,
      )
      const shown = { ...(entry as AgentEntry), roomIds: readable.map((room) => room.id) }
      return (await shownTo(deps, principal, [shown]))[0] as AgentSummary
    },

    remove(principal, id) {
      return store.transact(async (tx) => {
        const key = agentKey(id, networkId)
        const registration = await tx.agent(key)
        const roomIds = await tx.roomIdsOfAgent(key)
        const known = registration !== undefined || roomIds.length > 0
        const agent = known ? { agentId: key, registered: registration !== undefined, rooms: [] } : undefined
        ensure(context, principal, 'remove', { kind: 'agent', agent })
        await leaveRooms(tx, key, roomIds)
        await tx.leaveDms(key)
        await tx.deleteAgent(key)
        const payload = agentPayload({ key, networkId, name: registration?.displayName, reason: 'removed' })
        await tx.append({ type: 'agent.removed', scope: { kind: 'agent', agentId: key }, agent: payload })
        return { removed: true, kind: 'agent', id: key }
      })
    },

    async resetToken(principal, id) {
      const key = agentKey(id, networkId)
      const registration = await store.transact(async (tx) => {
        const stored = await tx.agent(key)
        const agent = stored && { agentId: key, registered: true, rooms: [] }
        ensure(context, principal, 'manage', { kind: 'agent', agent })
        if (stored === undefined) throw new MoltnetError('not_found', 'no such agent')
        const free = { ...stored, credentialKey: null, updatedAt: tx.now() }
        await tx.putAgent(free)
        return wireRegistration(free, networkId)
      })
      deps.disconnectAgent(key, 'the credential of this agent was reset')
      return registration
    },
  }
}

/** Agents as the caller sees them. Observers see more, for one read of the ledger, however many they are. */
async function shownTo(
  { context, store, presence, attachmentOf }: ServiceDeps,
  principal: Principal,
  entries: readonly AgentEntry[],
): Promise<AgentSummary[]> {
  const agents = entries.map((entry) => wireAgent(entry, context.networkId, presence.isConnected(entry.key)))
  if (!isObserver(principal)) return agents
  const latest = await store.read.latestDeliveries(entries.map(({ key }) => key))
  const byAgent = new Map(latest.map((line) => [line.agentId, wireLastWake(line)]))
  return agents.map((agent) => {
    const attachment = attachmentOf(agent.id)
    const last_wake = byAgent.get(agent.id)
    return { ...agent, ...(attachment && { attachment }), ...(last_wake && { last_wake }) }
  })
}

async function leaveRooms(tx: Tx, key: string, roomIds: readonly string[]): Promise<void> {
  for (const roomId of roomIds) {
    const room = await tx.room(roomId)
    if (room === undefined) continue
    const staying = room.members.filter((member) => agentKey(member, room.networkId) !== key)
    await setMembers(tx, room, staying)
  }
}
