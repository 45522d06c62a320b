import {
  conversationKey,
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
import { type Place, type PlaceRequest, preparePlace, type SendReads, settlePlace } from './place.ts'
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
      const answer = await store.transact((tx) => postMessage(deps, tx, { principal, body, place }))
      metrics.messageAccepted()
      return answer
    },
  }
}

/** A message that somebody wants to send. */
export interface Post {
  readonly principal: Principal
  readonly body: CreateMessage
  readonly place: PlaceRequest
  /** See {@link resolveMentions}. */
  onUnresolved?(reference: string): void
}

/** What becomes of a post: a new message, or the one that an earlier try has stored. */
export type Drafted =
  | { readonly known: StoredMessage }
  | { readonly known: undefined; readonly message: Omit<Message, 'created_at'>; readonly place: Place }

/**
 * All checks in the order of the contract, and the message as it would be stored. A retry gets what the
 * first try made; anything else under a used id is a conflict.
 */
export async function draftMessage(deps: ServiceDeps, reads: SendReads, post: Post): Promise<Drafted> {
  const { context } = deps
  const { principal, body } = post
  const known = body.id === undefined ? undefined : await reads.message(body.id)
  if (known !== undefined) {
    const { message, credentialKey } = known
    const sameCaller = credentialKey === null || credentialKey === principal.credentialKey
    if (sameCaller && sameContent(message, body, context.networkId)) return { known }
    throw new MoltnetError('conflict', `message id ${message.id} is taken by another message`)
  }
  ensure(context, principal, 'send', { kind: 'message', target: body.target.kind, from: body.from.type })
  const sender = await settle(deps, reads, { principal, body })
  const place = await settlePlace(deps, reads, { principal, sender, request: post.place })
  return { known, place, message: composed(context.networkId, { post, sender, place }) }
}

async function settle(
  { context, presence }: ServiceDeps,
  reads: SendReads,
  { principal, body }: { principal: Principal; body: CreateMessage },
): Promise<Sender> {
  const claim = body.from
  const localId = claimedLocalId(context, claim)
  const registered = localId === undefined ? undefined : await reads.agent(localId)
  if (principal.kind === 'agent') {
    const own = principal.agentId === localId ? registered : await reads.agent(principal.agentId)
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
      (presence.isConnected(localId) || (await reads.roomIdsOfAgent(localId)).length > 0))
  const originNetworkId = body.origin?.network_id
  const decision = settleSender({ context, principal, claim, originNetworkId, registered, isKnownAgentId })
  if (!decision.ok) throw new MoltnetError(decision.code, decision.reason)
  return decision
}

function composed(
  networkId: string,
  { post, sender, place }: { post: Post; sender: Sender; place: Place },
): Omit<Message, 'created_at'> {
  const { body, onUnresolved } = post
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
    onUnresolved,
  })
  return {
    id,
    network_id: networkId as NetworkId,
    origin,
    target: place.target,
    from: sender.actor,
    parts: body.parts,
    ...(mentions.length > 0 && { mentions }),
  }
}

/** Checks and stores a message with its events. */
export async function postMessage(deps: ServiceDeps, tx: Tx, post: Post): Promise<MessageAccepted> {
  const drafted = await draftMessage(deps, tx, post)
  if (drafted.known !== undefined) {
    const { message, eventId } = drafted.known
    return accepted(message.id, eventId, { threadCreated: false, dmCreated: false })
  }
  const { message, place } = drafted
  const { networkId } = deps.context
  await place.open(tx)
  const draft = {
    message,
    scope: place.scope,
    credentialKey: post.principal.credentialKey,
    artifacts: artifactsOf(post.body),
  }
  const entry = await tx.insertMessage(draft, (made) => ensureFits(made, networkId, 'this message'))
  if (message.from.type === 'human') await tx.restartChain(conversationKey(place.target), entry.position)
  return accepted(message.id, entry.id, place.created)
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
