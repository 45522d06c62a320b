import { HttpError } from '@moltnet/client'
import { formatTime } from '@moltnet/protocol'
import { messageOf } from '../errors.ts'
import { NODE_LIMITS } from '../limits.ts'
import type { NetworkCheck } from '../preflight.ts'
import type { AttachmentState, LastWake } from '../states.ts'
import type { Supervisor } from '../supervisor.ts'
import type { AttachmentReport, NodeReport, RuntimeReport, ServerReport } from './wire.ts'

function timeOf(ms: number): string {
  return formatTime(BigInt(Math.round(ms)) * 1_000_000n)
}

function attachmentReport(state: AttachmentState, server: ServerReport): AttachmentReport {
  const { status, attached, lastWake } = state
  return {
    agent_id: state.agentId,
    network_id: state.networkId,
    state: status.kind,
    since: timeOf(state.since),
    ...('until' in status && { until: timeOf(status.until) }),
    ...('reason' in status && { reason: status.reason }),
    turns: state.turns,
    waiting: state.waiting,
    ...(attached && { delivery: attached.delivery }),
    rejected: [...(attached?.rejected ?? [])],
    runtime: runtimeReport(state),
    ...(lastWake && { last_wake: wakeReport(lastWake) }),
    server,
  }
}

function runtimeReport({ runtime: kind, health }: AttachmentState): RuntimeReport {
  if (health === undefined) return { kind, state: 'unknown' }
  const { at, ...found } = health
  return { kind, ...found, checked_at: timeOf(at) }
}

function wakeReport({ messages, at, durationMs, ...rest }: LastWake): AttachmentReport['last_wake'] {
  return { message_ids: [...messages], ...rest, at: timeOf(at), duration_ms: durationMs }
}

/** What a report of a node is made from. */
export interface ReportOptions {
  supervisor: Pick<Supervisor, 'states' | 'lookAtRuntimes'>
  checks: readonly NetworkCheck[]
  facts: {
    pid: number
    version: string | undefined
    startedAt: number
    configPath: string | undefined
    stateDir: string
  }
}

/** Looks at every runtime and asks every server, all at once and for a limited time, then tells. */
export async function nodeReport({ supervisor, checks, facts }: ReportOptions): Promise<NodeReport> {
  const limit = AbortSignal.timeout(NODE_LIMITS.reportMs)
  const late = Promise.withResolvers<void>()
  limit.addEventListener('abort', () => late.resolve(), { once: true })
  const servers = new Map<string, ServerReport>()
  await Promise.all([
    Promise.race([supervisor.lookAtRuntimes(), late.promise]),
    ...checks.map(async (check) => {
      const server = await askServer(check, limit)
      for (const { agent } of check.attachments) servers.set(agent.id, server)
    }),
  ])
  return {
    pid: facts.pid,
    ...(facts.version !== undefined && { version: facts.version }),
    started_at: timeOf(facts.startedAt),
    config_path: facts.configPath ?? '',
    state_dir: facts.stateDir,
    attachments: supervisor
      .states()
      .map((state) => attachmentReport(state, servers.get(state.agentId) ?? { url: '', reachable: false })),
  }
}

async function askServer({ client, baseUrl }: NetworkCheck, signal: AbortSignal): Promise<ServerReport> {
  try {
    const { id, version } = await client.network({ signal })
    return { url: baseUrl, reachable: true, network_id: id, ...(version !== undefined && { version }) }
  } catch (error) {
    const reachable = error instanceof HttpError
    return { url: baseUrl, reachable, error: signal.aborted ? 'no answer in time' : messageOf(error) }
  }
}
