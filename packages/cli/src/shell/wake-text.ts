import { conversationKey, type Delivery, type DeliveryStep, type Wake } from '@moltnet/protocol'
import { aligned, clock, elapsed, line } from './text.ts'

/** Wakes as a table, one a line. */
export function wakeTable(wakes: readonly Wake[]): string {
  const rows = wakes.map((wake) => [
    wake.id,
    wake.state,
    wake.agent_id,
    conversationKey(wake.target),
    wake.message_id,
    clock(wake.created_at),
    [explanation(wake), heldText(wake)].filter((part) => part !== '').join('; '),
  ])
  return aligned([['WAKE', 'STATE', 'AGENT', 'CONVERSATION', 'MESSAGE', 'STORED', 'WHY'], ...rows])
}

/** What became of a message, agent by agent and step by step. */
export function timeline(messageId: string, deliveries: readonly Delivery[]): string {
  const [first] = deliveries
  if (first === undefined)
    return `${messageId} woke nobody: no agent is mentioned in it or subscribes to its conversation`
  const head = `${messageId} in ${conversationKey(first.target)}, stored ${first.created_at}`
  return [head, ...deliveries.map(story)].join('\n\n')
}

function story(delivery: Delivery): string {
  const { agent_id, state, cause, durable, attempts, sends, created_at, steps } = delivery
  const why = explanation(delivery)
  const facts = [
    `by ${cause}`,
    durable ? 'durable' : state === 'no_consumer' ? undefined : 'v1 socket',
    `sent ${times(sends)}`,
    attempts > 0 ? `failed ${times(attempts)}` : undefined,
    delivery.id,
  ]
  const head = `${agent_id}: ${state}${why === '' ? '' : `, ${why}`} (${facts.filter((fact) => fact !== undefined).join(', ')})`
  const lines = steps.map((step) => [
    `  ${clock(step.at)}`,
    `+${elapsed(Date.parse(created_at), Date.parse(step.at))}`,
    step.step,
    stepDetail(step),
  ])
  const text = heldText(delivery)
  return [head, aligned(lines), ...(text === '' ? [] : [`  ${text}`])].join('\n')
}

function heldText({ final_text }: Delivery): string {
  return final_text === undefined ? '' : `held text: ${line(final_text)}`
}

function explanation({ reason, error, next_try_at }: Delivery): string {
  const next = next_try_at === undefined ? undefined : `next try ${clock(next_try_at)}`
  return [reason, error, next]
    .filter((part) => part !== undefined && part !== '')
    .map((part) => line(part as string))
    .join('; ')
}

/** What a step says besides its name. */
export function stepDetail(step: DeliveryStep): string {
  const { attempt, reason, detail, error, warnings = [], message_id, by } = step
  const parts = [
    attempt === undefined ? undefined : `try ${attempt}`,
    reason,
    detail,
    error,
    ...warnings.map((warning) => `warning: ${warning}`),
    message_id === undefined ? undefined : `as ${message_id}`,
    by === undefined ? undefined : `by ${by}`,
  ]
  return parts
    .filter((part) => part !== undefined)
    .map((part) => line(part))
    .join('; ')
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
