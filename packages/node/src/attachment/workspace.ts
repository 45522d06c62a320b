import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Logger } from '@logtape/logtape'
import {
  loadClientConfig,
  mergeAttachment,
  updateClientConfig,
  writeClientConfig,
} from '@moltnet/config/client'
import type { ClientAttachment, ClientConfig } from '@moltnet/config/client'
import type { AttachmentConfig, TokenSource } from '@moltnet/config/node'
import type { MemberId } from '@moltnet/protocol'
import { faultText } from '../adapters/health.ts'
import type { RuntimeFault } from '../adapters/health.ts'
import type { LaunchedRuntime } from '../adapters/registry.ts'
import { ensureFolder, isMissing, replaceFile } from '../state/files.ts'

/** What the workspace of an attachment is prepared with. */
export interface WorkspaceOptions {
  config: AttachmentConfig
  runtime: LaunchedRuntime
  /** Where the agent's `moltnet` finds its token. */
  token: TokenSource
  logger: Logger
}

/**
 * Writes what the agent's `moltnet` needs into its workspace: the client config and a `.gitignore` that
 * keeps tokens out of a repository. Returns the path of the client config. It is the usual one, unless
 * that file speaks for somebody else too: that one stays as it is, because `moltnet send` would not
 * know whom it speaks for. Throws when there is no workspace.
 */
export async function prepareWorkspace({
  config,
  runtime,
  token,
  logger,
}: WorkspaceOptions): Promise<string> {
  const { workspacePath, clientConfigPath } = runtime
  const fault = workspaceFault(runtime)
  if (fault !== undefined) throw new Error(faultText(fault))
  const home = 'homePath' in runtime ? runtime.homePath : undefined
  if (home !== undefined) ensureFolder(home)
  const folder = join(workspacePath, '.moltnet')
  ensureFolder(folder)
  if (!existsSync(join(folder, '.gitignore'))) replaceFile(join(folder, '.gitignore'), '*\n')
  ensureFolder(dirname(clientConfigPath))

  const attachment = clientAttachment(config, token)
  const agent = { name: config.agent.name, runtime: config.runtime.kind }
  if (await isOurs(clientConfigPath, attachment)) {
    await updateClientConfig(clientConfigPath, (current) => mergeAttachment(current, attachment, agent), {
      env: {},
    })
    return clientConfigPath
  }
  const own = join(folder, 'agents', config.agent.id, 'config.json')
  logger.info('{path} belongs to another identity and stays as it is; the agent gets {own}', {
    path: clientConfigPath,
    own,
  })
  ensureFolder(dirname(own))
  await writeClientConfig(own, { agent, attachments: [attachment] })
  return own
}

/** Why a runtime cannot work in its workspace; undefined when it can. */
export function workspaceFault({
  workspacePath,
}: Pick<LaunchedRuntime, 'workspacePath'>): RuntimeFault | undefined {
  if (isFolder(workspacePath)) return undefined
  return {
    problem: `workspace_path ${workspacePath} is no folder`,
    fix: 'make it, or set runtime.workspace_path to the folder that the agent works in',
  }
}

function clientAttachment(config: AttachmentConfig, token: TokenSource): ClientAttachment {
  return {
    ...config.moltnet,
    token,
    memberId: config.agent.id as string as MemberId,
    agentName: config.agent.name,
    runtime: config.runtime.kind,
    rooms: config.rooms,
    dms: config.dms,
  }
}

/** Whether the file is not there yet or speaks for this attachment alone. */
async function isOurs(path: string, { networkId, memberId }: ClientAttachment): Promise<boolean> {
  if (!existsSync(path)) return true
  let config: ClientConfig
  try {
    config = (await loadClientConfig({ path, cwd: dirname(path), env: {} })).config
  } catch {
    return false
  }
  return config.attachments.every((one) => one.networkId === networkId && one.memberId === memberId)
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
