import { dirname, join } from 'node:path'
import type { Environment } from '../environment.ts'
import { resolvePath } from '../paths.ts'
import type { RuntimeBlock } from '../schema/runtime.ts'
import { PICOCLAW_URLS, TINYCLAW } from '../schema/runtime.ts'
import type {
  LaunchOptions,
  PicoclawRuntime,
  PiRuntime,
  RuntimeConfig,
  TinyclawRuntime,
  WorkspaceOptions,
} from './types.ts'

type Block<K extends RuntimeBlock['kind']> = Extract<RuntimeBlock, { kind: K }>

/** What the runtime of one attachment is resolved with. */
export interface RuntimeContext {
  /** Folder of the file. */
  dir: string
  env: Environment
  agentId: string
  /** Whether another attachment works in the same folder. */
  isShared(workspacePath: string): boolean
}

/** A runtime with every default filled in. */
export function resolveRuntime(block: RuntimeBlock, context: RuntimeContext): RuntimeConfig {
  const { dir, env } = context
  const absolute = (path: string | undefined): string | undefined => path && resolvePath(path, dir, env)
  switch (block.kind) {
    case 'openclaw':
      return {
        kind: block.kind,
        gatewayUrl: block.gateway_url,
        token: block.token,
        homePath: absolute(block.home_path),
      }
    case 'picoclaw':
      return picoclawOf(block, context)
    case 'tinyclaw':
      return tinyclawOf(block)
    case 'codex':
    case 'claude-code':
      return {
        kind: block.kind,
        homePath: absolute(block.home_path),
        ...launchOf(block, block.command, context),
        ...workspaceOf(block, context),
      }
    case 'pi':
      return piOf(block, context)
    case 'acp':
      return {
        kind: block.kind,
        permissions: block.permissions,
        ...launchOf(block, block.command, context),
        ...workspaceOf(block, context),
      }
    case 'command':
      return { kind: block.kind, ...launchOf(block, block.command, context), ...workspaceOf(block, context) }
    case 'webhook':
      return { kind: block.kind, url: block.url, token: block.token }
  }
}

/** The folder that a runtime works in, or undefined when the node does not start it. */
export function workspacePathOf(block: RuntimeBlock, dir: string, env: Environment): string | undefined {
  if (block.kind === 'picoclaw') return block.config_path && dirname(resolvePath(block.config_path, dir, env))
  if (!('workspace_path' in block) && block.kind !== 'acp' && block.kind !== 'command') return undefined
  return resolvePath(block.workspace_path ?? '.', dir, env)
}

function picoclawOf(block: Block<'picoclaw'>, context: RuntimeContext): PicoclawRuntime {
  const { dir, env } = context
  const common = {
    kind: block.kind,
    token: block.token,
    homePath: block.home_path && resolvePath(block.home_path, dir, env),
  }
  if (block.control_url !== undefined) return { ...common, via: 'control', controlUrl: block.control_url }
  if (block.config_path !== undefined) {
    const configPath = resolvePath(block.config_path, dir, env)
    return {
      ...common,
      via: 'command',
      configPath,
      ...launchOf(block, block.command ?? 'picoclaw', context),
      ...workspaceOf({ workspace_path: dirname(configPath) }, context),
    }
  }
  if (block.events_url !== undefined) return { ...common, via: 'events', eventsUrl: block.events_url }
  return {
    ...common,
    via: 'events',
    eventsUrl: PICOCLAW_URLS.default,
    fallbackEventsUrl: PICOCLAW_URLS.newer,
  }
}

/** Setting one of the three URLs moves the others to its origin. */
function tinyclawOf(block: Block<'tinyclaw'>): TinyclawRuntime {
  const { kind, channel, token } = block
  if (block.control_url !== undefined)
    return { kind, via: 'control', controlUrl: block.control_url, channel, token }
  const given = block.inbound_url ?? block.outbound_url ?? block.ack_url
  const origin = given === undefined ? TINYCLAW.origin : new URL(given).origin
  return {
    kind,
    via: 'api',
    inboundUrl: block.inbound_url ?? `${origin}${TINYCLAW.inbound}`,
    outboundUrl: block.outbound_url ?? `${origin}${TINYCLAW.outbound}?channel=${encodeURIComponent(channel)}`,
    ackUrl: block.ack_url ?? `${origin}${TINYCLAW.ack}`,
    channel,
    token,
  }
}

function piOf(block: Block<'pi'>, context: RuntimeContext): PiRuntime {
  if (block.control_url !== undefined) return { kind: 'pi', via: 'control', controlUrl: block.control_url }
  const launch = launchOf(block, block.command ?? 'pi', context)
  return { kind: 'pi', via: 'command', ...launch, ...workspaceOf(block, context) }
}

type LaunchKeys = Pick<Block<'command'>, 'args' | 'env' | 'inherit_env'>

function launchOf(block: LaunchKeys, command: string, { dir, env }: RuntimeContext): LaunchOptions {
  // A bare name is looked up in PATH; anything with a slash is a path and, like all others, relative to the file.
  const isPath = /[/\\]/.test(command)
  return {
    command: isPath ? resolvePath(command, dir, env) : command,
    args: block.args ?? [],
    env: block.env ?? {},
    inheritEnv: block.inherit_env ?? true,
  }
}

function workspaceOf(
  block: { workspace_path?: string; session_store_path?: string },
  { dir, env, agentId, isShared }: RuntimeContext,
): WorkspaceOptions {
  const workspacePath = resolvePath(block.workspace_path ?? '.', dir, env)
  const workspaceShared = isShared(workspacePath)
  const folder = workspaceShared
    ? join(workspacePath, '.moltnet', 'agents', agentId)
    : join(workspacePath, '.moltnet')
  return {
    workspacePath,
    workspaceShared,
    clientConfigPath: join(folder, 'config.json'),
    sessionStorePath: block.session_store_path
      ? resolvePath(block.session_store_path, dir, env)
      : join(folder, 'sessions.json'),
  }
}
