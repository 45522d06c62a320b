import {
  agentFqid,
  createMentionDirectory,
  type CreateMessage,
  LIMITS,
  type MentionDirectory,
  MoltnetError,
  type RoomId,
  scopedParticipants,
  type Target,
  type TargetClaim,
  twoPartyDmId,
} from '@moltnet/protocol'
import type { Principal } from '../domain/principal.ts'
import { agentKey, uniqueMembers } from '../domain/room.ts'
import type { EventScope, StoredDm, Tx } from '../store/port.ts'
import { ensure, type ServiceDeps } from './deps.ts'
import type { Sender } from './messages.ts'
import { claimedFqid, sameAgents } from './same-content.ts'
import { wireDm, wireThread } from './wire.ts'

/** Where a message goes, as asked, with what can be said of it without the store. */
export interface PlaceRequest {
  readonly target: TargetClaim
  /** The DM id has the form of a two-party one but not of these participants. */
  readonly foreignTwoPartyId: boolean
}

/** Where a message goes, settled against the store. */
export interface Place {
  readonly target: Target
  readonly scope: EventScope
  readonly created: { readonly threadCreated: boolean; readonly dmCreated: boolean }
  /** Makes a new thread or DM, with its event. */
  open(tx: Tx): Promise<void>
  directory(): MentionDirectory
}

/** What is looked up to decide about a message; a transaction has it, and so have reads of committed state. */
export type SendReads = Pick<Tx, 'message' | 'agent' | 'roomIdsOfAgent' | 'room' | 'thread' | 'dm'>

interface PlaceOptions {
  readonly principal: Principal
  readonly sender: Sender
  readonly request: PlaceRequest
}

const TWO_PARTY_ID = /^dm_[0-9a-f]{32}$/
const NOTHING_CREATED = { threadCreated: false, dmCreated: false } as const
const openNothing = async (): Promise<void> => undefined

/** What has to be worked out before the transaction, which waits for nothing but the store. */
export async function preparePlace(body: CreateMessage, networkId: string): Promise<PlaceRequest> {
  const { target } = body
  if (target.kind !== 'dm' || target.participant_ids === undefined || !TWO_PARTY_ID.test(target.dm_id)) {
    return { target, foreignTwoPartyId: false }
  }
  const agents = new Set([claimedFqid(body, networkId)])
  for (const id of target.participant_ids) agents.add(agentFqid(id, networkId) ?? id)
  const [a, b, ...others] = agents
  const two = a !== undefined && b !== undefined && others.length === 0
  return { target, foreignTwoPartyId: !two || (await twoPartyDmId(a, b)) !== target.dm_id }
}

/** Finds the conversation in the store and decides whether the sender may write there. */
export async function settlePlace(
  deps: ServiceDeps,
  reads: SendReads,
  options: PlaceOptions,
): Promise<Place> {
  const { target } = options.request
  switch (target.kind) {
    case 'room':
      return settleRoom(deps, reads, { ...options, roomId: target.room_id })
    case 'thread':
      return settleThread(deps, reads, { ...options, claim: target })
    case 'dm':
      return settleDm(deps, reads, { ...options, claim: target })
  }
}

async function settleRoom(
  { context }: ServiceDeps,
  reads: SendReads,
  { principal, sender, roomId }: PlaceOptions & { roomId: string },
): Promise<Place> {
  const stored = await reads.room(roomId)
  const room = stored?.removedAt === null ? stored : undefined
  const facts = { type: sender.actor.type, id: sender.memberId }
  ensure(context, principal, 'write', { kind: 'room_message', room, sender: facts })
  if (room === undefined) throw new MoltnetError('not_found', 'no such room')
  return {
    target: { kind: 'room', room_id: roomId as RoomId },
    scope: { kind: 'room', roomId },
    created: NOTHING_CREATED,
    open: openNothing,
    directory: () =>
      room?.mentionDirectory ?? createMentionDirectory({ networkId: context.networkId, members: [] }),
  }
}

/** The room of a known thread is the stored one; the claimed one must be the same, and is checked first. */
async function settleThread(
  deps: ServiceDeps,
  reads: SendReads,
  options: PlaceOptions & { claim: Extract<TargetClaim, { kind: 'thread' }> },
): Promise<Place> {
  const { claim } = options
  const stored = await reads.thread(claim.thread_id)
  const roomId = claim.room_id ?? stored?.roomId
  if (roomId === undefined) {
    throw new MoltnetError('unprocessable_entity', 'target.room_id: is required for a thread that is new')
  }
  const room = await settleRoom(deps, reads, { ...options, roomId })
  if (stored !== undefined && stored.roomId !== roomId) {
    throw new MoltnetError(
      'unprocessable_entity',
      `target.room_id: thread ${stored.id} is not in room ${roomId}`,
    )
  }
  const { thread_id, parent_message_id } = claim
  const scope: EventScope = { kind: 'room', roomId, threadId: thread_id }
  const target: Target = { kind: 'thread', room_id: roomId as RoomId, thread_id, parent_message_id }
  if (stored !== undefined) return { ...room, target, scope }
  const thread = { id: thread_id, roomId, parentMessageId: parent_message_id }
  return {
    ...room,
    target,
    scope,
    created: { threadCreated: true, dmCreated: false },
    async open(writer) {
      await writer.insertThread(thread)
      const wire = wireThread(
        { ...thread, messageCount: 0, lastMessageAt: undefined },
        deps.context.networkId,
      )
      await writer.append({ type: 'thread.created', scope, thread: wire })
    },
  }
}

async function settleDm(
  deps: ServiceDeps,
  reads: SendReads,
  options: PlaceOptions & { claim: Extract<TargetClaim, { kind: 'dm' }> },
): Promise<Place> {
  const { claim, principal, sender } = options
  const { context } = deps
  const { networkId } = context
  const stored = await reads.dm(claim.dm_id)
  const wanted = claim.participant_ids && wantedParticipants(claim.participant_ids, sender, networkId)
  const unchanged =
    stored !== undefined && wanted !== undefined && sameAgents(stored.participants, wanted, networkId)
  // One that older programs gave such an id goes on.
  if (options.request.foreignTwoPartyId && !unchanged) {
    throw new MoltnetError(
      'unprocessable_entity',
      `target.dm_id: ${claim.dm_id} is the id of two other participants`,
    )
  }
  const facts = { type: sender.actor.type, id: sender.memberId }
  ensure(context, principal, 'write', { kind: 'dm_message', participants: stored?.present, sender: facts })
  if (stored !== undefined) return knownDm(stored, { wanted, unchanged, networkId })
  if (wanted === undefined) {
    throw new MoltnetError(
      'unprocessable_entity',
      'target.participant_ids: is required for a new direct conversation',
    )
  }
  return newDm(claim.dm_id, wanted, networkId)
}

/** The participants that a request names, the sender included, each once. */
function wantedParticipants(given: readonly string[], sender: Sender, networkId: string): readonly string[] {
  const senderKey = agentKey(sender.memberId, networkId)
  const named = given.some((id) => agentKey(id, networkId) === senderKey)
    ? given
    : [...given, sender.memberId]
  const seen = new Set<string>()
  const stored = scopedParticipants(named, sender.memberId, networkId).filter((id) => {
    const key = agentKey(id, networkId)
    return seen.has(key) ? false : seen.add(key)
  })
  if (stored.length < 2 || stored.length > LIMITS.membersPerRequest) {
    throw new MoltnetError(
      'unprocessable_entity',
      `target.participant_ids: must name 2 to ${LIMITS.membersPerRequest} different participants, the sender included`,
    )
  }
  return stored
}

function knownDm(
  stored: StoredDm,
  o: { wanted: readonly string[] | undefined; unchanged: boolean; networkId: string },
): Place {
  if (o.wanted !== undefined && !o.unchanged) {
    throw new MoltnetError(
      'forbidden',
      'the participants of a direct conversation are fixed by its first message',
    )
  }
  if (stored.present.length < 2) {
    throw new MoltnetError('forbidden', 'every other participant of this direct conversation was removed')
  }
  return dmPlace({
    id: stored.id,
    ids: o.wanted ?? stored.participants,
    present: stored.present,
    networkId: o.networkId,
  })
}

function newDm(id: string, wanted: readonly string[], networkId: string): Place {
  const place = dmPlace({ id, ids: wanted, present: wanted, networkId })
  const participants = uniqueMembers(wanted, networkId).members
  return {
    ...place,
    created: { threadCreated: false, dmCreated: true },
    async open(tx) {
      await tx.insertDm({ id, participants })
      const dm = wireDm({ id, participants, messageCount: 0, lastMessageAt: undefined }, networkId)
      await tx.append({ type: 'dm.created', scope: place.scope, dm })
    },
  }
}

function dmPlace(o: {
  id: string
  ids: readonly string[]
  present: readonly string[]
  networkId: string
}): Place {
  const { id, ids, present, networkId } = o
  return {
    target: {
      kind: 'dm',
      dm_id: id,
      participant_ids: ids.filter((name) => present.includes(name)),
    } as Target,
    scope: { kind: 'dm', dmId: id, participants: present },
    created: NOTHING_CREATED,
    open: openNothing,
    directory: () => createMentionDirectory({ networkId, members: present }),
  }
}
