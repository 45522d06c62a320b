import { setTimeout as delay } from 'node:timers/promises'
import type { HttpClient } from '@moltnet/client'
import { HttpError, sendUntilKnown } from '@moltnet/client'
import type { AgentSummary, Delivery, DeliveryStep, MessageId, Target } from '@moltnet/protocol'
import { sameAgent } from '@moltnet/protocol'
import type { Evidence, Verdict } from './verdict.ts'
import { lateVerdict, verdictOf } from './verdict.ts'

/** First and longest wait between two looks at the ledger, in milliseconds. */
const LOOK_FIRST_MS = 50
const LOOK_MAX_MS = 1_000
/** How long a message may have no line in the ledger before nobody is woken by it, in milliseconds. */
const NO_LINE_MS = 2_000
/** Messages that are searched for the answer. */
const ANSWER_PAGE = 50

/** One ping. */
export interface PingOptions {
  client: HttpClient
  networkId: string
  agent: AgentSummary
  target: Target
  /** Who asks. */
  from: { type: 'human' | 'agent'; id: string }
  nonce: string
  timeoutMs: number
  /** Called for each step as it is seen, in order. */
  onStep(step: DeliveryStep, delivery: Delivery): void
  onSent(messageId: string): void
}

/** What a ping brought. */
export interface PingResult extends Verdict {
  messageId: string
  delivery: Delivery | undefined
  totalMs: number
}

/** Sends one message to the agent and follows its wake until it has come to rest, or time is up. */
export async function ping(options: PingOptions): Promise<PingResult> {
  const { client, agent, target, from, nonce, timeoutMs } = options
  const began = performance.now()
  const { message_id: messageId } = await sendUntilKnown(client, {
    target,
    from,
    parts: [{ kind: 'text', text: textOf(options) }],
  })
  options.onSent(messageId)
  const evidence: Evidence = {
    agentId: agent.id,
    agent,
    delivery: undefined,
    answered: false,
    nonce,
    isDm: target.kind === 'dm',
  }
  const seen = { steps: 0 }
  let verdict: Verdict | undefined
  for (let wait = LOOK_FIRST_MS; ; wait = Math.min(wait * 1.5, LOOK_MAX_MS)) {
    evidence.delivery = await deliveryOf(options, messageId)
    tell(options, evidence.delivery, seen)
    evidence.answered = await isAnswered(options, evidence.delivery)
    const waited = performance.now() - began
    if (evidence.delivery !== undefined || waited > NO_LINE_MS) verdict = verdictOf(evidence)
    if (verdict === undefined && waited > timeoutMs) {
      evidence.agent = await client.getAgent(agent.id)
      verdict = lateVerdict(evidence, timeoutMs)
    }
    if (verdict !== undefined) break
    await delay(Math.min(wait, Math.max(1, timeoutMs - waited)))
  }
  const totalMs = Math.round(performance.now() - began)
  return { ...verdict, messageId, delivery: evidence.delivery, totalMs }
}

function textOf({ target, agent, nonce }: PingOptions): string {
  const mention = target.kind === 'dm' ? '' : `@${agent.id} `
  return `${mention}This is a ping from the operator of this network. Please answer in this conversation with exactly: pong ${nonce}`
}

async function deliveryOf(
  { client, agent }: PingOptions,
  messageId: MessageId | string,
): Promise<Delivery | undefined> {
  const { deliveries } = await client.listDeliveries(messageId, { limit: 500 })
  return deliveries.find((one) => one.agent_id === agent.id)
}

/** Hands on what was not there at the last look. */
function tell({ onStep }: PingOptions, delivery: Delivery | undefined, seen: { steps: number }): void {
  if (delivery === undefined) return
  for (const step of delivery.steps.slice(seen.steps)) onStep(step, delivery)
  seen.steps = delivery.steps.length
}

/** Only a turn that has begun can have brought an answer. */
async function isAnswered(
  { client, target, agent, nonce, networkId }: PingOptions,
  delivery: Delivery | undefined,
): Promise<boolean> {
  if (delivery === undefined || !['turn_started', 'turn_ended', 'spoke', 'acked'].includes(delivery.state)) {
    return false
  }
  const query = { limit: ANSWER_PAGE }
  try {
    const { messages } =
      target.kind === 'dm'
        ? await client.listDmMessages(target.dm_id, query)
        : target.kind === 'thread'
          ? await client.listThreadMessages(target.thread_id, query)
          : await client.listRoomMessages(target.room_id, query)
    return messages.some(
      ({ from, parts }) =>
        sameAgent(from.id, agent.id, networkId) && parts.some((part) => part.text?.includes(nonce) === true),
    )
  } catch (error) {
    // Who may send and see the ledger may still not read this conversation.
    if (error instanceof HttpError && (error.status === 403 || error.status === 404)) return false
    throw error
  }
}
