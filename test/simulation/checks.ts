import { conversationKey } from '@moltnet/protocol'
import type { StoredDelivery } from '../../packages/server/src/store/consumer-port.ts'
import type { Store } from '../../packages/server/src/store/port.ts'
import type { History, Written } from './history.ts'
import { promised, wasUnbound } from './model.ts'
import type { Plan } from './plan.ts'

/** Lines of the ledger read at once. */
const PAGE = 500

/** What the checks of a store need. */
export interface ScanCheckOptions {
  readonly history: History
  /** Agents by the actors that have a durable consumer. */
  readonly agents: ReadonlyMap<string, string>
}

/** What the checks at the end need. */
export interface EndCheckOptions extends ScanCheckOptions {
  readonly plan: Plan
  /** Highest value that the wall clock had, in Unix milliseconds. */
  readonly newestTime: number
}

/** No saved scan position has passed a wake that has no row. */
export async function checkScans(store: Store, { history, agents }: ScanCheckOptions): Promise<void> {
  for (const [actorUid, agentId] of agents) {
    const consumer = await store.read.consumer(actorUid)
    if (consumer === undefined) continue
    const positions = new Set(await store.read.wakePositions(actorUid, 0))
    for (const { position, message } of history.log.values()) {
      const written = message && history.attempted.get(message.id)
      if (written === undefined || position > consumer.scan || positions.has(position)) continue
      if (promised(history, agentId, { written, position }) !== 'must') continue
      history.violate('scan passed a wake', `${written.id} for ${agentId}: scan ${consumer.scan}`)
    }
  }
}

/** Every line of the ledger. */
export async function ledgerOf(store: Store): Promise<StoredDelivery[]> {
  const lines: StoredDelivery[] = []
  for (let cursor = '', more = true; more; ) {
    const query =
      cursor === ''
        ? ({ from: 'newest', limit: PAGE } as const)
        : ({ from: 'before', cursor, limit: PAGE } as const)
    const slice = await store.read.listDeliveries(query, {})
    lines.push(...slice.items)
    cursor = String(slice.items[0]?.id ?? '')
    more = slice.more
  }
  return lines
}

/** Everything that must hold once nothing is left to be delivered. */
export async function checkEnd(store: Store, o: EndCheckOptions): Promise<{ readonly wakes: number }> {
  const { history, plan } = o
  await checkMessages(store, history)
  await checkScans(store, o)
  const lines = (await ledgerOf(store)).filter(({ durable }) => durable)
  for (const line of lines) checkLine(line, o)
  for (const agentId of plan.agents) {
    const own = lines.filter((line) => line.agentId === agentId)
    checkNothingLost(agentId, own, history)
    checkOrder(agentId, own, history)
  }
  checkFinished(history)
  return { wakes: lines.length }
}

/** What was accepted is stored, where its writer was told. */
async function checkMessages(store: Store, history: History): Promise<void> {
  for (const [id, position] of history.accepted) {
    const stored = await store.read.message(id)
    if (stored === undefined) history.violate('accepted message lost', id)
    else if (!stored.eventId.endsWith(`.${position}`)) history.violate('accepted message moved', id)
  }
}

/** Each line says what can have happened. */
function checkLine(line: StoredDelivery, o: EndCheckOptions): void {
  const { history } = o
  const { agentId, messageId, position, state, shown, endedAt } = line
  const what = `${messageId} for ${agentId}: ${state}`
  const written = history.attempted.get(messageId)
  if (written === undefined) return history.violate('wake of an unknown message', what)
  const promise = promised(history, agentId, { written, position })
  if (promise === 'never') history.violate('wake that nobody asked for', what)
  if (endedAt === 0) history.violate('wake left open', what)
  const completed = history.completions(agentId, messageId).length > 0
  if (state === 'done' && promise === 'must' && !completed) history.violate('done without a turn', what)
  if (shown === 'spoke' && !hasSpoken(history, agentId, written))
    history.violate('spoke without a word', what)
  const reason = reasonFor(line, { ...o, written })
  if (reason !== undefined) history.violate(reason, what)
}

/** What speaks against an end that is not `done`. */
function reasonFor(
  { agentId, messageId, state, attempts, error, createdAt }: StoredDelivery,
  { history, plan, newestTime, written }: EndCheckOptions & { written: Written },
): string | undefined {
  const wentAway = history.consumers.some(
    (record) => record.agentId === agentId && record.bindings === undefined,
  )
  switch (state) {
    case 'dead':
      return attempts >= plan.maxAttempts || error === undefined ? undefined : 'dead too early'
    case 'expired':
      return newestTime - createdAt > plan.expireMs || wentAway ? undefined : 'expired too early'
    case 'dismissed': {
      const byOperator = history.operated.some(
        (done) => done.agentId === agentId && done.messageId === messageId && done.action === 'dismiss',
      )
      return byOperator || wasUnbound(history, agentId, written) ? undefined : 'dismissed by nobody'
    }
    default:
      return undefined
  }
}

function hasSpoken(history: History, agentId: string, { target }: Written): boolean {
  const conversation = conversationKey(target)
  for (const { from, target: other } of history.attempted.values()) {
    if (from === agentId && conversationKey(other) === conversation) return true
  }
  return false
}

/** Every promised wake has its line. */
function checkNothingLost(agentId: string, lines: readonly StoredDelivery[], history: History): void {
  const known = new Set(lines.map(({ position }) => position))
  for (const { position, message } of history.log.values()) {
    const written = message && history.attempted.get(message.id)
    if (written === undefined || known.has(position)) continue
    if (promised(history, agentId, { written, position }) !== 'must') continue
    history.violate('wake lost', `${written.id} for ${agentId}`)
  }
}

/** Turns of a conversation came to their ends in the order of its messages. */
function checkOrder(agentId: string, lines: readonly StoredDelivery[], history: History): void {
  const newest = new Map<string, { at: number; messageId: string }>()
  const retried = new Set(
    history.operated
      .filter((done) => done.agentId === agentId && done.action === 'retry')
      .map(({ messageId }) => messageId),
  )
  for (const { messageId, target, state } of lines.toSorted((a, b) => a.position - b.position)) {
    // The turn that began first may go on at a node that was taken over, and end last.
    const at = Math.min(...history.completions(agentId, messageId).map(({ endedAt }) => endedAt ?? 0))
    if (state !== 'done' || at === Number.POSITIVE_INFINITY || retried.has(messageId)) continue
    const conversation = conversationKey(target)
    const before = newest.get(conversation)
    if (before !== undefined && at < before.at) {
      history.violate('order of a conversation', `${messageId} before ${before.messageId} for ${agentId}`)
    }
    newest.set(conversation, { at, messageId })
  }
}

/** What a node finished it has not finished again. */
function checkFinished(history: History): void {
  const finished = new Set<string>()
  for (const { folder, messages, outcome } of history.turns) {
    if (outcome !== 'delivered') continue
    for (const id of messages) {
      const key = `${id} by ${folder}`
      if (finished.has(key)) history.violate('finished twice', key)
      finished.add(key)
    }
  }
}
