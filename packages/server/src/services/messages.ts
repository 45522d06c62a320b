import {
  type CreateMessage,
  isArtifact,
  type Message,
  type MessageAccepted,
  type MessageId,
  MoltnetError,
  type NetworkId,
  resolveMentions,
} from '@moltnet/protocol'
import type { Principal } from '../domain/principal.ts'
import { claimedLocalId, type SenderDecision, settleSender } from '../domain/sender.ts'
import type { ArtifactDraft, StoredMessage, Tx } from '../store/port.ts'
import { ensure, type ServiceDeps } from './deps.ts'
import { ensureFits } from './frame-budget.ts'
import { newMessageId } from './message-id.ts'
import { type Place, type PlaceRequest, preparePlace, settlePlace } from './place.ts'
import { sameContent } from './same-content.ts'

/** Accepting messages. */
export interface MessageService {
  /** Stores a message and its events; resolves when they are durable. */
  post(principal: Principal, body: CreateMessage): Promise<MessageAccepted>
}

export type Sender = Extract<SenderDecision, { ok: true }>

export function createMessageService(deps: ServiceDeps): MessageService {
  const { context, store, metrics } = deps
  return {
    async post(principal, body) {
      ensure(context, principal, 'send', { kind: 'messages' })
      const place = await preparePlace(body, context.networkId)
      const answer = await store.transact((tx) => post(deps, tx, { principal, body, place }))
      metrics.messageAccepted()
      return answer
    },
  }
}

interface Post {
  readonly principal: Principal
  readonly body: CreateMessage
  readonly place: PlaceRequest
}

/** The checks in the order of the contract, then the write. */
async function post(deps: ServiceDeps, tx: Tx, { principal, body, place }: Post): Promise<MessageAccepted> {
  const { context } = deps
  const known = body.id === undefined ? undefined : await tx.message(body.id)
  if (known !== undefined) return firstAnswer(known, principal, { body, networkId: context.networkId })
  ensure(context, principal, 'send', { kind: 'message', target: body.target.kind, from: body.from.type })
  const sender = await settle(deps, tx, { principal, body })
  const settled = await settlePlace(deps, tx, { principal, sender, request: place })
  return write(deps, tx, { principal, body, sender, place: settled })
}

/** A retry gets what the first try got; anything else under a used id is a conflict. */
function firstAnswer(
  known: StoredMessage,
  principal: Principal,
  { body, networkId }: { body: CreateMessage; networkId: string },
): MessageAccepted {
  const { message, credentialKey, eventId } = known
  const sameCaller = credentialKey === null || credentialKey === principal.credentialKey
  if (!sameCaller || !sameContent(message, body, networkId)) {
    throw new MoltnetError('conflict', `message id ${message.id} is taken by another message`)
  }
  return accepted(message.id, eventId, { threadCreated: false, dmCreated: false })
}

async function settle(
  { context, presence }: ServiceDeps,
  tx: Tx,
  { principal, body }: { principal: Principal; body: CreateMessage },
): Promise<Sender> {
  const claim = body.from
  const localId = claimedLocalId(context, claim)
  const registered = localId === undefined ? undefined : await tx.agent(localId)
  if (principal.kind === 'agent') {
    const own = principal.agentId === localId ? registered : await tx.agent(principal.agentId)
    // The agent may have been removed since the token was looked up.
    if (own?.credentialKey !== principal.credentialKey) {
      throw new MoltnetError('unauthorized', 'this agent token is not valid any more')
    }
  }
  // Only humans may not carry a known id; agents need no look at the rooms.
  const isKnownAgentId =
    registered !== undefined ||
    (localId !== undefined &&
      claim.type === 'human' &&
      (presence.isConnected(localId) || (await tx.roomIdsOfAgent(localId)).length > 0))
  const originNetworkId = body.origin?.network_id
  const decision = settleSender({ context, principal, claim, originNetworkId, registered, isKnownAgentId })
  if (!decision.ok) throw new MoltnetError(decision.code, decision.reason)
  return decision
}

async function write(
  { context }: ServiceDeps,
  tx: Tx,
  o: { principal: Principal; body: CreateMessage; sender: Sender; place: Place },
): Promise<MessageAccepted> {
  const { principal, body, sender, place } = o
  const { networkId } = context
  const id = body.id ?? (newMessageId() as MessageId)
  const remote = sender.originNetworkId !== networkId
  const origin = {
    network_id: sender.originNetworkId as NetworkId,
    message_id: (remote ? body.origin?.message_id : undefined) ?? id,
  }
  const mentions = resolveMentions({
    mentions: body.mentions,
    parts: body.parts,
    directory: place.directory(),
  })
  const message: Omit<Message, 'created_at'> = {
    id,
    network_id: networkId as NetworkId,
    origin,
    target: place.target,
    from: sender.actor,
    parts: body.parts,
    ...(mentions.length > 0 && { mentions }),
  }
  await place.open(tx)
  const draft = {
    message,
    scope: place.scope,
    credentialKey: principal.credentialKey,
    artifacts: artifactsOf(body),
  }
  const entry = await tx.insertMessage(draft, (made) => ensureFits(made, networkId, 'this message'))
  return accepted(id, entry.id, place.created)
}

function artifactsOf({ parts }: CreateMessage): ArtifactDraft[] {
  const drafts: ArtifactDraft[] = []
  for (const [partIndex, part] of parts.entries()) {
    if (!isArtifact(part)) continue
    const { kind, media_type: mediaType, filename, url } = part
    drafts.push({ partIndex, kind, mediaType, filename, url })
  }
  return drafts
}

function accepted(
  messageId: MessageId,
  eventId: MessageAccepted['event_id'],
  created: { threadCreated: boolean; dmCreated: boolean },
): MessageAccepted {
  return {
    message_id: messageId,
    event_id: eventId,
    accepted: true,
    thread_created: created.threadCreated,
    dm_created: created.dmCreated,
  }
}
