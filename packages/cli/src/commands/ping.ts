import type { HttpClient } from '@moltnet/client'
import type { AgentSummary, Delivery, DeliveryStep, Network, Target } from '@moltnet/protocol'
import { Command } from 'commander'
import type { PingResult } from '../ping/run.ts'
import { CommandError, EXIT, UsageError } from '../shell/failures.ts'
import { note, print, printJson } from '../shell/io.ts'
import { openOperator, type OperatorFlags, withOperatorFlags } from '../shell/operator.ts'
import { dmTarget, parseTarget } from '../shell/target.ts'
import { elapsed, line } from '../shell/text.ts'
import { stepDetail } from '../shell/wake-text.ts'

interface PingFlags extends OperatorFlags {
  target?: string
  as: string
  timeout: string
  answer: boolean
  json?: true
}

/** `moltnet ping <agent>`: a nonce through the real wake path, with each step and its time. */
export function command(): Command {
  return withOperatorFlags(new Command('ping'))
    .description(
      'Send an agent a message that asks for a nonce, and show each step of its wake with its time. It is a real message, which stays in the conversation. Exit 1 when the agent does not answer with the nonce; then it says what is wrong.',
    )
    .argument('<agent>', 'id of the agent, with or without @')
    .option('--target <target>', 'room:<id> or thread:<id> instead of a direct conversation with the agent')
    .option('--as <id>', 'id of the human who asks', 'operator')
    .option('--timeout <seconds>', 'how long the answer is waited for, 1 to 3600', '120')
    .option('--no-answer', 'be content with a turn that ended well, whatever the agent says')
    .option('--json', 'print the result as JSON when all is over')
    .addHelpText(
      'after',
      '\nExample:\n  moltnet ping @writer --base-url http://127.0.0.1:8787 --token-env MOLTNET_ADMIN_TOKEN',
    )
    .action((agent: string, flags: PingFlags) => run(agent, flags))
}

async function run(name: string, flags: PingFlags): Promise<void> {
  const seconds = Number(flags.timeout)
  if (!(seconds >= 1 && seconds <= 3_600)) throw new UsageError('--timeout must be a number from 1 to 3600')
  const client = await openOperator(flags)
  const network = await client.network()
  const agent = await findAgent(client, name.replace(/^@/, ''), network)
  const from =
    network.session?.kind === 'agent' && network.session.id !== undefined
      ? ({ type: 'agent', id: network.session.id } as const)
      : ({ type: 'human', id: flags.as } as const)
  const target = await targetOf(client, flags, { network, agent, self: from.id })
  const { ping } = await import('../ping/run.ts')
  const nonce = crypto.randomUUID().slice(0, 8)
  const result = await ping({
    client,
    networkId: network.id,
    agent,
    target,
    from,
    nonce,
    timeoutMs: seconds * 1_000,
    onSent: (id) => flags.json ?? note(`ping ${agent.id} on ${network.id}, nonce ${nonce}, message ${id}`),
    onStep: (step, delivery) => flags.json ?? print(stepLine(step, delivery)),
  })
  const enough = ['answered', ...(flags.answer ? [] : ['spoke', 'silent', 'taken'])]
  const ok = enough.includes(result.outcome)
  if (flags.json) printJson(jsonOf(result, { agent, target, nonce, ok }))
  else tellEnd(result, { agent, ok })
  process.exitCode = ok ? EXIT.ok : EXIT.failed
}

async function findAgent(client: HttpClient, id: string, network: Network): Promise<AgentSummary> {
  const { HttpError } = await import('@moltnet/client')
  try {
    return await client.getAgent(id)
  } catch (error) {
    if (!(error instanceof HttpError) || error.status !== 404) throw error
    throw new CommandError(
      `${id} is not registered on ${network.id} and no member of a room: add it to the attachments of a MoltnetNode and run moltnet node start`,
    )
  }
}

async function targetOf(
  client: HttpClient,
  { target }: PingFlags,
  { network, agent, self }: { network: Network; agent: AgentSummary; self: string },
): Promise<Target> {
  if (target === undefined) {
    if (network.capabilities?.direct_messages === false) {
      throw new CommandError(
        `direct messages are switched off on ${network.id}; give a room: --target room:<id>`,
      )
    }
    return await dmTarget({ networkId: network.id, self }, agent.id)
  }
  const { kind, id } = parseTarget(target)
  if (kind === 'dm')
    throw new UsageError('--target takes a room or thread; without it a direct message is sent')
  if (kind === 'room') return { kind, room_id: id } as Target
  const thread = await client.getThread(id)
  return { kind, room_id: thread.room_id, thread_id: thread.id }
}

function stepLine(step: DeliveryStep, { created_at }: Delivery): string {
  const after = elapsed(Date.parse(created_at), Date.parse(step.at))
  return `${after.padStart(9)}  ${step.step.padEnd(12)}  ${stepDetail(step)}`.trimEnd()
}

function tellEnd(
  { explanation, fix, totalMs }: PingResult,
  { agent, ok }: { agent: AgentSummary; ok: boolean },
): void {
  if (ok) return print(`pong: ${line(explanation)} ${elapsed(0, totalMs)} in all`)
  note(`no pong from ${agent.id}: ${line(explanation)}`)
  if (fix !== undefined) note(`what helps: ${line(fix)}`)
}

function jsonOf(
  { outcome, explanation, fix, messageId, delivery, totalMs }: PingResult,
  { agent, target, nonce, ok }: { agent: AgentSummary; target: Target; nonce: string; ok: boolean },
): object {
  return {
    ok,
    outcome,
    explanation,
    ...(fix !== undefined && { fix }),
    agent_id: agent.id,
    target,
    message_id: messageId,
    nonce,
    answered: outcome === 'answered',
    total_ms: totalMs,
    steps: (delivery?.steps ?? []).map((step) => ({
      ...step,
      after_ms: Math.max(0, Date.parse(step.at) - Date.parse(delivery?.created_at ?? step.at)),
    })),
    ...(delivery !== undefined && { delivery_state: delivery.state }),
  }
}
