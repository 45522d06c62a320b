import type { Environment } from '../environment.ts'
import type { FeatureUse } from '../features.ts'
import { dmBinding, roomBinding } from '../schema/binding.ts'
import { normalizeBaseUrl } from '../schema/fields.ts'
import { tokenKeyOf } from '../schema/network.ts'
import { parseDuration } from '../duration.ts'
import type { AttachmentFile, NetworkFile } from './file.ts'
import { authModeOf, registrationOf, tokenRuleOf, tokenSourceOf } from './network.ts'
import { tokenEnvNamesOf } from './rules.ts'
import { resolveRuntime, workspacePathOf } from './runtime.ts'
import type { AttachmentConfig, FinalText, NetworkConnection, NodeConfig, RuntimeConfig } from './types.ts'

/** What a resolved node needs besides the file. */
export interface NodeResolveContext {
  /** Folder of the file. */
  dir: string
  env: Environment
  features: FeatureUse[]
}

/** A node's configuration from files that are right. `attachments` of a bridge is its one. */
export function resolveNode(
  network: NetworkFile,
  attachments: readonly AttachmentFile[],
  { dir, env, features }: NodeResolveContext,
): NodeConfig {
  const folders = attachments.map((one) => workspacePathOf(one.runtime, dir, env))
  const isShared = (folder: string): boolean => folders.filter((one) => one === folder).length > 1
  return {
    attachments: attachments.map((file) => {
      const runtime = resolveRuntime(file.runtime, { dir, env, agentId: file.agent.id, isShared })
      return attachmentOf(file, runtime, connectionOf(network, file.moltnet ?? {}, { dir, env }))
    }),
    tokenEnvNames: [...tokenEnvNamesOf([network, ...attachments.map((one) => one.moltnet)])],
    features,
  }
}

function attachmentOf(
  file: AttachmentFile,
  runtime: RuntimeConfig,
  moltnet: NetworkConnection,
): AttachmentConfig {
  const prefix = 'session_prefix' in file.runtime ? file.runtime.session_prefix : undefined
  return {
    agent: { id: file.agent.id, name: file.agent.name },
    moltnet,
    runtime,
    rooms: file.rooms.map(roomBinding),
    dms: dmBinding(file.dms),
    finalText: file.final_text ?? defaultFinalText(runtime),
    maxConcurrent: file.max_concurrent,
    turnTimeoutMs: parseDuration(file.turn_timeout),
    bootstrap: file.bootstrap,
    guards: {
      chainSoft: file.guards?.chain_soft,
      chainHard: file.guards?.chain_hard,
      turnsPerMinute: file.guards?.turns_per_minute,
      turnsPerHour: file.guards?.turns_per_hour,
    },
    sessionPrefix: prefix ?? `agent:${file.agent.id}`,
  }
}

/** OpenClaw's final text and Pi's control answer have always been published. */
function defaultFinalText(runtime: RuntimeConfig): FinalText {
  const published = runtime.kind === 'openclaw' || (runtime.kind === 'pi' && runtime.via === 'control')
  return published ? 'publish' : 'hold'
}

function connectionOf(
  network: NetworkFile,
  own: NonNullable<AttachmentFile['moltnet']>,
  { dir, env }: { dir: string; env: Environment },
): NetworkConnection {
  const authMode = authModeOf(network, own)
  const registration = registrationOf(network.registration, authMode)
  const isOwn = tokenKeyOf(own) !== undefined
  const rule = tokenRuleOf(authMode, registration, !isOwn && network.static_token)
  return {
    baseUrl: normalizeBaseUrl(network.base_url),
    networkId: network.network_id,
    authMode,
    registration,
    token: tokenSourceOf(isOwn ? own : network, { rule, dir, env }),
  }
}

/** What the user should know about attachments that touch each other. */
export function nodeWarnings(config: NodeConfig): string[] {
  const workspaces = new Map<string, string[]>()
  const sessions = new Map<string, string[]>()
  for (const { agent, runtime, moltnet, sessionPrefix } of config.attachments) {
    const folder = 'workspacePath' in runtime ? runtime.workspacePath : undefined
    if (folder !== undefined) group(workspaces, folder, agent.id)
    const place = runtime.kind === 'openclaw' ? runtime.gatewayUrl : folder
    if (place !== undefined)
      group(sessions, JSON.stringify([runtime.kind, place, moltnet.networkId, sessionPrefix]), agent.id)
  }
  const shared = groupsOf(workspaces).map(
    ([folder, agents]) =>
      `${agents} work in one folder, ${folder}: each gets .moltnet/agents/<id>/config.json and a session store of its own`,
  )
  const mixed = groupsOf(sessions).map(
    ([, agents]) =>
      `${agents} have the same session_prefix at one runtime, so they share their sessions; give each its own`,
  )
  return [...shared, ...mixed]
}

function group(groups: Map<string, string[]>, key: string, agent: string): void {
  groups.set(key, [...(groups.get(key) ?? []), agent])
}

function groupsOf(groups: ReadonlyMap<string, string[]>): [string, string][] {
  return [...groups]
    .filter(([, agents]) => agents.length > 1)
    .map(([key, agents]) => [key, agents.join(' and ')])
}
