import { declaredState } from '@moltnet/config/server'
import type { ServerConfig } from '@moltnet/config'
import {
  type AgentRegistration,
  type Applied,
  type ApplyAgent,
  type ApplyRequest,
  type CreateRoom,
  MoltnetError,
  oneLine,
  type Room,
} from '@moltnet/protocol'
import type { Principal } from '../domain/principal.ts'
import type { RoomSnapshot } from '../domain/room.ts'
import type { Store, Tx } from '../store/port.ts'
import { ensure, type ServiceDeps } from './deps.ts'
import { newAgent } from './registration.ts'
import { createRoom, live, setMembers } from './rooms.ts'
import { wireRegistration } from './wire.ts'

/** Bringing the network to a declared state. */
export interface ApplyService {
  /** All or nothing. What is not declared stays as it is. */
  run(principal: Principal, body: ApplyRequest): Promise<Applied>
}

export function createApplyService(deps: ServiceDeps): ApplyService {
  const { context, store } = deps
  return {
    async run(principal, body) {
      ensure(context, principal, 'apply', { kind: 'configuration' })
      checkDeclaration(body, context.networkId)
      const rebound: string[] = []
      const applied = await store.transact(async (tx): Promise<Applied> => {
        const agents: AgentRegistration[] = []
        for (const agent of body.agents)
          agents.push(await applyAgent(tx, { agent, networkId: context.networkId, rebound }))
        const rooms: Room[] = []
        for (const room of body.rooms) rooms.push((await applyRoom(tx, context.networkId, room)).toWire())
        return { applied: true, agents, rooms }
      })
      for (const id of rebound) deps.disconnectAgent(id, 'the credential of this agent was changed')
      return applied
    },
  }
}

/**
 * Brings the store to what the configuration file declares. An entry whose declaration is the one that was
 * applied last is left alone, so that members added meanwhile stay; a declared room that was removed comes
 * back with its history.
 */
export async function applyConfiguration(store: Store, config: ServerConfig): Promise<void> {
  const { agents, rooms } = declaredState(config)
  if (agents.length === 0 && rooms.length === 0) return
  const networkId = config.network.id
  await store.transact(async (tx) => {
    for (const agent of agents) {
      if (await isNews(tx, 'agent', agent)) await applyAgent(tx, { agent, networkId, rebound: [] })
    }
    for (const room of rooms) {
      if (await isNews(tx, 'room', room)) await applyRoom(tx, networkId, room)
      else await revive(tx, networkId, room)
    }
  })
}

/** Whether a declaration differs from the one applied last; notes it as applied. */
async function isNews(tx: Tx, kind: 'room' | 'agent', declared: { id: string }): Promise<boolean> {
  const digest = new Bun.CryptoHasher('sha256').update(JSON.stringify(declared)).digest('hex')
  if ((await tx.declaration(kind, declared.id)) === digest) return false
  await tx.putDeclaration(kind, declared.id, digest)
  return true
}

async function revive(tx: Tx, networkId: string, declared: CreateRoom): Promise<void> {
  const room = await tx.room(declared.id)
  if (room === undefined || room.removedAt === null) return
  const members = [...room.members] as CreateRoom['members']
  await createRoom(tx, networkId, { ...declared, members, createdAt: room.createdAt })
}

function checkDeclaration(body: ApplyRequest, networkId: string): void {
  if (body.network_id !== undefined && body.network_id !== networkId) {
    throw new MoltnetError(
      'unprocessable_entity',
      `network_id: this is network ${networkId}, not ${body.network_id}`,
    )
  }
  const keys = new Map<string, string>()
  for (const { id, credential_key } of body.agents) {
    if ((keys.get(id) ?? credential_key) !== credential_key) {
      throw new MoltnetError('unprocessable_entity', `agents: ${id} is declared with two credential keys`)
    }
    keys.set(id, credential_key)
  }
}

/** Registers an agent, or rebinds its credential key and keeps its actor uid. */
async function applyAgent(
  tx: Tx,
  o: { agent: ApplyAgent; networkId: string; rebound: string[] },
): Promise<AgentRegistration> {
  const { agent, networkId } = o
  const { id: agentId, name, credential_key: credentialKey } = agent
  const stored = await tx.agent(agentId)
  if (stored === undefined) {
    const record = newAgent({ agentId, name, credentialKey, networkId, now: tx.now() })
    await tx.putAgent(record)
    return wireRegistration(record, networkId)
  }
  const displayName = oneLine(name ?? '') || stored.displayName
  if (stored.credentialKey !== credentialKey) o.rebound.push(agentId)
  else if (stored.displayName === displayName) return wireRegistration(stored, networkId)
  const record = { ...stored, credentialKey, displayName, updatedAt: tx.now() }
  await tx.putAgent(record)
  return wireRegistration(record, networkId)
}

/** Creates or revives a room, or sets what is declared of it. */
async function applyRoom(tx: Tx, networkId: string, body: CreateRoom): Promise<RoomSnapshot> {
  const stored = await tx.room(body.id)
  const room = live(stored)
  if (room === undefined) return createRoom(tx, networkId, { ...body, createdAt: stored?.createdAt })
  const changed = await tx.putRoom({
    ...room.fields(),
    name: body.name ?? body.id,
    visibility: body.visibility ?? 'private',
    writePolicy: body.write_policy ?? 'members',
  })
  return setMembers(tx, changed, body.members ?? [])
}
