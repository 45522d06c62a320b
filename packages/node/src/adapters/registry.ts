import type {
  AcpRuntime,
  CliRuntime,
  CommandRuntime,
  OpenclawRuntime,
  PicoclawRuntime,
  PiRuntime,
  RuntimeConfig,
  TinyclawRuntime,
  WebhookRuntime,
} from '@moltnet/config'
import type { Launcher } from '../attachment/launcher.ts'
import type { AttachmentFiles } from '../state/folder.ts'
import type { Adapter } from './adapter.ts'
import { createAcpAdapter } from './acp/acp.ts'
import { createClaudeCodeAdapter } from './claude-code/claude-code.ts'
import { createCodexAdapter } from './codex/codex.ts'
import { createCommandAdapter } from './command/command.ts'
import { createControlAdapter } from './control/control.ts'
import { createOpenclawAdapter } from './openclaw/openclaw.ts'
import { createPiAdapter } from './pi/pi.ts'
import { createPicoclawCommandAdapter } from './picoclaw/command.ts'
import { createPicoclawEventsAdapter } from './picoclaw/events.ts'
import { createTinyclawAdapter } from './tinyclaw/tinyclaw.ts'
import { createWebhookAdapter } from './webhook/webhook.ts'

/** Runtimes whose program the node starts in a workspace. */
export type LaunchedRuntime =
  | CliRuntime
  | Extract<PiRuntime | PicoclawRuntime, { via: 'command' }>
  | AcpRuntime
  | CommandRuntime

/** Runtimes that run by themselves and are reached over the network. */
export type RemoteRuntime =
  | OpenclawRuntime
  | TinyclawRuntime
  | Exclude<PicoclawRuntime, { via: 'command' }>
  | Extract<PiRuntime, { via: 'control' }>
  | WebhookRuntime

/** Whether the node starts the runtime's program, which then has a workspace. */
export function isLaunched(runtime: RuntimeConfig): runtime is LaunchedRuntime {
  return 'workspacePath' in runtime
}

/** Makes the adapter of a runtime whose program the node starts with `launcher`. */
export function createProgramAdapter(runtime: LaunchedRuntime, agentId: string, launcher: Launcher): Adapter {
  switch (runtime.kind) {
    case 'claude-code':
      return createClaudeCodeAdapter({ launch: runtime, ...launcher })
    case 'codex':
      return createCodexAdapter({ launch: runtime, ...launcher })
    case 'picoclaw':
      return createPicoclawCommandAdapter(runtime, launcher)
    case 'pi':
      return createPiAdapter({ launch: runtime, ...launcher })
    case 'acp':
      return createAcpAdapter({ runtime, ...launcher })
    case 'command':
      return createCommandAdapter({ launch: runtime, ...launcher, agentId })
  }
}

/** Makes the adapter of a runtime that runs by itself. */
export function createRemoteAdapter(
  runtime: RemoteRuntime,
  agentId: string,
  files: Pick<AttachmentFiles, 'device'> & { keepDevice?: boolean },
): Adapter {
  switch (runtime.kind) {
    case 'openclaw':
      return createOpenclawAdapter({
        runtime,
        devicePath: files.device,
        keepDevice: files.keepDevice,
      })
    case 'picoclaw':
      if (runtime.via === 'events') return createPicoclawEventsAdapter(runtime)
      return createControlAdapter({ url: runtime.controlUrl, token: runtime.token, agentId })
    case 'tinyclaw':
      return createTinyclawAdapter(runtime, agentId)
    case 'pi':
      return createControlAdapter({ url: runtime.controlUrl, agentId })
    case 'webhook':
      return createWebhookAdapter({ url: runtime.url, key: runtime.token, agentId })
  }
}
