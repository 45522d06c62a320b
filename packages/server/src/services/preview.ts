import type { CreateMessage, Message, MessagePreview, PreviewedWake } from '@moltnet/protocol'
import { isObserver, type Principal } from '../domain/principal.ts'
import { agentKey } from '../domain/room.ts'
import { ensure, type ServiceDeps } from './deps.ts'
import { draftMessage } from './messages.ts'
import { preparePlace } from './place.ts'
import { type Addressed, addressed, mayReceive, targetedAgents, wokenAgents } from './recipients.ts'

/** Most texts named that read like a mention and are none. */
const MOST_UNRESOLVED = 64

/** A message that is sent now counts for every binding. */
const AFTER_ALL = Number.MAX_SAFE_INTEGER

/** What sending a message now would do, by the checks and rules of sending it. */
export interface PreviewService {
  /** Stores nothing. Refuses what sending would refuse. */
  message(principal: Principal, body: CreateMessage): Promise<MessagePreview>
}

export function createPreviewService(deps: ServiceDeps): PreviewService {
  return { message: (principal, body) => previewMessage(deps, principal, body) }
}

async function previewMessage(
  deps: ServiceDeps,
  principal: Principal,
  body: CreateMessage,
): Promise<MessagePreview> {
  const { context, store, now } = deps
  ensure(context, principal, 'send', { kind: 'messages' })
  const place = await preparePlace(body, context.networkId)
  const unresolved = new Set<string>()
  const onUnresolved = (text: string) => void (unresolved.size < MOST_UNRESOLVED && unresolved.add(text))
  const drafted = await draftMessage(deps, store.read, { principal, body, place, onUnresolved })
  if (drafted.known !== undefined) {
    // It is stored already: sending it again wakes nobody.
    return { mentions: drafted.known.message.mentions ?? [], unresolved: [], wakes: [] }
  }
  const message: Message = { ...drafted.message, created_at: new Date(now()).toISOString() }
  const wakes = await wakesOf(deps, await addressed(deps, message))
  // Whom the rules of rooms wake is nothing for agents; whether a mention reaches somebody is.
  const shown = isObserver(principal)
    ? wakes
    : wakes.filter(({ cause }) => cause === 'mention' || cause === 'dm')
  return { mentions: message.mentions ?? [], unresolved: [...unresolved], wakes: shown }
}

async function wakesOf(deps: ServiceDeps, to: Addressed): Promise<PreviewedWake[]> {
  const { presence, attachmentOf } = deps
  const wakes = new Map<string, PreviewedWake>()
  for (const { agentId: agent_id, decision } of await wokenAgents(deps, to, AFTER_ALL)) {
    const connected = presence.isConnected(agent_id)
    const how = decision.approval
      ? ({ outcome: 'held', reason: 'approval' } as const)
      : guardedOutcome(deps, agent_id, to.message)
    wakes.set(agent_id, { agent_id, cause: decision.reason, connected, ...how })
  }
  const cause = to.message.target.kind === 'dm' ? 'dm' : 'mention'
  for (const agent_id of await targetedAgents(deps, to)) {
    if (wakes.has(agent_id)) continue
    const hasSocket = attachmentOf(agent_id)?.durable === false && mayReceive(deps, to, agent_id)
    const how = hasSocket
      ? ({ outcome: 'wake' } as const)
      : ({ outcome: 'no_consumer', reason: 'it has no durable consumer for this conversation' } as const)
    wakes.set(agent_id, { agent_id, cause, connected: presence.isConnected(agent_id), ...how })
  }
  return [...wakes.values()].sort((a, b) => (a.agent_id < b.agent_id ? -1 : 1))
}

/** Humans always pass. */
function guardedOutcome(
  { ledger, context }: ServiceDeps,
  agentId: string,
  { from, target }: Message,
): Pick<PreviewedWake, 'outcome' | 'reason'> {
  const byAgent = from.type === 'agent' ? agentKey(from.fqid ?? from.id, context.networkId) : undefined
  const guard = byAgent === undefined ? undefined : ledger.guardOn(agentId, { target, byAgent })
  return guard === undefined ? { outcome: 'wake' } : { outcome: 'guarded', reason: guard }
}
