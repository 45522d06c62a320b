import { getLogger } from '@logtape/logtape'
import type { AttachmentConfig, NodeConfig } from '@moltnet/config'
import { messageOf } from './errors.ts'
import { networkChecks, openCredentials } from './connections.ts'
import type { Credentials } from './connections.ts'
import { NODE_LIMITS } from './limits.ts'
import type { ConfigSource } from './options.ts'
import { networkFaults } from './preflight.ts'
import { attachmentKey } from './supervisor.ts'
import type { AttachmentState } from './states.ts'

/** What a reload did, by agent id; or why nothing was changed. */
export type ReloadResult =
  | {
      type: 'applied'
      started: string[]
      restarted: string[]
      stopped: string[]
      /** They kept their connection and their turns. */
      kept: string[]
    }
  | { type: 'refused'; faults: string[] }

/** Attachments and their credentials, before or after a reload. */
export interface Generation {
  attachments: readonly AttachmentConfig[]
  credentials: Credentials
}

/** How a node gets from one configuration to another. */
export interface ReloadPlan {
  result: Extract<ReloadResult, { type: 'applied' }>
  /** Keys of the attachments that go on as they are. */
  kept: Set<string>
  /** The attachments that are started, for the first time or anew. */
  fresh: AttachmentConfig[]
}

/**
 * Compares two configurations. An attachment goes on as it is when nothing of it has changed, its token
 * included. One that is not connected and has no turn is started anew: an operator who reloads wants it
 * to be tried now.
 */
export function planReload(
  before: Generation,
  after: Generation,
  stateOf: (key: string) => AttachmentState | undefined,
): ReloadPlan {
  const known = new Map(before.attachments.map((one) => [attachmentKey(one), one]))
  const plan: ReloadPlan = {
    result: { type: 'applied', started: [], restarted: [], stopped: [], kept: [] },
    kept: new Set(),
    fresh: [],
  }
  for (const attachment of after.attachments) {
    const key = attachmentKey(attachment)
    const earlier = known.get(key)
    known.delete(key)
    const sameToken = before.credentials.get(key)?.token() === after.credentials.get(key)?.token()
    const same = earlier !== undefined && sameToken && Bun.deepEquals(earlier, attachment, true)
    if (same && !isStuck(stateOf(key))) {
      plan.kept.add(key)
      plan.result.kept.push(attachment.agent.id)
      continue
    }
    plan.fresh.push(attachment)
    const list = earlier === undefined ? plan.result.started : plan.result.restarted
    list.push(attachment.agent.id)
  }
  plan.result.stopped.push(...[...known.values()].map(({ agent }) => agent.id))
  return plan
}

function isStuck(state: AttachmentState | undefined): boolean {
  if (state === undefined || state.turns > 0) return false
  return state.status.kind === 'failed' || state.status.kind === 'backing_off'
}

/** What a reload starts from. */
export interface ReloadOptions {
  source: ConfigSource
  before: Generation
  env: Readonly<Record<string, string | undefined>>
  stateOf(key: string): AttachmentState | undefined
  /** Fires when the node stops. */
  stopping: AbortSignal
}

/** A configuration that can be gone over to. */
export interface NextGeneration {
  type: 'ready'
  config: NodeConfig
  credentials: Credentials
  plan: ReloadPlan
}

/**
 * Reads the configuration again and makes the checks of a start for what changed in it. Changes nothing.
 * A server that cannot be reached now is no fault.
 */
export async function prepareReload({
  source,
  before,
  env,
  stateOf,
  stopping,
}: ReloadOptions): Promise<NextGeneration | Extract<ReloadResult, { type: 'refused' }>> {
  let config: NodeConfig
  try {
    config = await source.load()
  } catch (error) {
    return { type: 'refused', faults: messageOf(error).split('\n') }
  }
  const { attachments } = config
  const { credentials, faults } = await openCredentials(attachments, { env, earlier: before.credentials })
  if (faults.length > 0) return { type: 'refused', faults }
  const plan = planReload(before, { attachments, credentials }, stateOf)
  const limit = AbortSignal.any([stopping, AbortSignal.timeout(NODE_LIMITS.reportMs)])
  const wrong = await networkFaults(networkChecks(plan.fresh, credentials), limit)
  if (wrong.length > 0) return { type: 'refused', faults: wrong }
  if (stopping.aborted) return { type: 'refused', faults: ['the node is stopping'] }
  for (const key of plan.kept) {
    // What goes on holds the credential of before, which may have claimed a token.
    const kept = before.credentials.get(key)
    if (kept !== undefined) credentials.set(key, kept)
  }
  return { type: 'ready', config, credentials, plan }
}

const logger = getLogger(['moltnet', 'node'])

/** Tells the log what a reload did. */
export function logReload(result: ReloadResult): void {
  if (result.type === 'refused') {
    logger.error('the configuration was not reloaded, the node goes on with the old one: {faults}', {
      faults: result.faults.join('; '),
    })
    return
  }
  const list = (agents: readonly string[]) => agents.join(', ') || 'none'
  logger.info('reloaded: started {started}; restarted {restarted}; stopped {stopped}; kept {kept}', {
    started: list(result.started),
    restarted: list(result.restarted),
    stopped: list(result.stopped),
    kept: list(result.kept),
  })
}
