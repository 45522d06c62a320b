import { type CreateMessage, type MemberId, MoltnetError, type NetworkId } from '@moltnet/protocol'
import { agentView, type Principal } from '../domain/principal.ts'
import { AgentEvents } from '../eventlog/agent-events.ts'
import { wakeId } from '../eventlog/wake-id.ts'
import { textDismissed, textPublished } from '../eventlog/wake-journal.ts'
import { appendNotices, noticesOf } from '../eventlog/wake-notices.ts'
import type { StoredDelivery } from '../store/consumer-port.ts'
import type { AgentRecord, Tx } from '../store/port.ts'
import { publishedTextId } from '../store/published-text.ts'
import type { ServiceDeps } from './deps.ts'
import { postMessage } from './messages.ts'
import { preparePlace } from './place.ts'

/**
 * Stores the held text of a silent wake as a message of its agent, where the wake's message was. Message and
 * ledger change in one commit, and the message's id follows from the wake: however often it is tried, the
 * text is published once. The agent's own rights count: nothing is published that the agent could not say.
 */
export async function publishText(
  deps: ServiceDeps,
  operator: Principal,
  wake: StoredDelivery,
): Promise<StoredDelivery> {
  const { context, store, metrics, now } = deps
  const text = wake.journal.finalText
  if (text === undefined) return settled(wake, 'published')
  const messageId = publishedTextId(wakeId(wake.id), text)
  const body: CreateMessage = {
    id: messageId,
    target: wake.target,
    from: { type: 'agent', id: wake.agentId as MemberId },
    parts: [{ kind: 'text', text }],
  }
  const place = await preparePlace(body, context.networkId)
  const published = await store.transact(async (tx) => {
    const line = await current(tx, wake)
    if (line.journal.finalText !== text) return settled(line, 'published')
    const author = await registered(tx, line)
    const principal = standInFor(deps, author)
    try {
      await postMessage(deps, tx, { principal, body, place })
    } catch (error) {
      if (!(error instanceof MoltnetError)) throw error
      const reason = `${line.agentId} may not say this there: ${error.message}`
      throw new MoltnetError('conflict', reason, { cause: error })
    }
    const journal = textPublished(line.journal, { at: now(), by: operator.credentialKey, messageId })
    return save(deps, tx, { line: { ...line, shown: 'spoke', journal }, name: author.displayName })
  })
  metrics.messageAccepted()
  return published
}

/** Drops the held text of a silent wake. */
export async function dismissText(
  deps: ServiceDeps,
  operator: Principal,
  wake: StoredDelivery,
): Promise<StoredDelivery> {
  return deps.store.transact(async (tx) => {
    const line = await current(tx, wake)
    if (line.journal.finalText === undefined) return settled(line, 'text_dismissed')
    const journal = textDismissed(line.journal, { at: deps.now(), by: operator.credentialKey })
    const name = (await tx.agent(line.agentId))?.displayName
    return save(deps, tx, { line: { ...line, journal }, name })
  })
}

async function current(tx: Tx, { id }: StoredDelivery): Promise<StoredDelivery> {
  const line = await tx.delivery(id)
  if (line === undefined) throw new MoltnetError('not_found', 'no such wake')
  return line
}

/** A repeated action finds its own result; without it there is nothing to do it with. */
function settled(line: StoredDelivery, wanted: 'published' | 'text_dismissed'): StoredDelivery {
  if (line.journal.steps.at(-1)?.step === wanted) return line
  throw new MoltnetError(
    'conflict',
    `this wake is ${line.shown} and holds no text: list those that do with final_text=held`,
  )
}

/** The registration of the agent whose turn it was, which may have been removed or given to another since. */
async function registered(tx: Tx, { agentId, actorUid }: StoredDelivery): Promise<AgentRecord> {
  const record = await tx.agent(agentId)
  if (record?.actorUid === actorUid) return record
  throw new MoltnetError('conflict', `${agentId} is no longer the agent whose turn this was`)
}

/** The agent, as if it had shown its own credential. */
function standInFor({ context }: ServiceDeps, { agentId, credentialKey }: AgentRecord): Principal {
  const view = agentView(context.mode, agentId)
  if (view.kind === 'operator') return view
  if (credentialKey === null) {
    throw new MoltnetError('conflict', `the credential of ${agentId} was reset: it has to claim its id first`)
  }
  return { kind: 'agent', agentId, credentialKey }
}

async function save(
  { context, config }: ServiceDeps,
  tx: Tx,
  { line, name }: { line: StoredDelivery; name: string | undefined },
): Promise<StoredDelivery> {
  await tx.putEnded(line)
  const events = new AgentEvents(context.networkId as NetworkId)
  const agent = { agentId: line.agentId, name }
  const { maxAttempts } = config.delivery
  await appendNotices(tx, line.actorUid, noticesOf({ agent, events, maxAttempts }, line))
  return line
}
