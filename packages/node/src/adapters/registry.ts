import type {
  AttachmentConfig,
  CliRuntime,
  ProgramRuntime,
  RuntimeConfig,
  RuntimeKind,
} from '@moltnet/config'
import type { Launcher } from '../attachment/launcher.ts'
import type { Adapter } from './adapter.ts'
import { createClaudeCodeAdapter } from './claude-code/claude-code.ts'
import { createCodexAdapter } from './codex/codex.ts'
import { createCommandAdapter } from './command/command.ts'

/** Runtimes whose program the node starts in a workspace. */
export type LaunchedRuntime = CliRuntime | (ProgramRuntime & { kind: 'command' })

/** Runtimes that run by themselves and are reached over the network. */
export type RemoteRuntime = never

/** Runtimes that this build can drive. */
export type AvailableRuntime = LaunchedRuntime | RemoteRuntime

const AVAILABLE: readonly RuntimeKind[] = ['command', 'claude-code', 'codex']

/** The attachment's runtime when this build has an adapter for its kind. */
export function availableRuntime({ runtime }: AttachmentConfig): AvailableRuntime | undefined {
  return isAvailable(runtime) ? runtime : undefined
}

function isAvailable(runtime: RuntimeConfig): runtime is AvailableRuntime {
  return AVAILABLE.includes(runtime.kind)
}

/** Whether the node starts the runtime's program, which then has a workspace. */
export function isLaunched(runtime: AvailableRuntime): runtime is LaunchedRuntime {
  return 'workspacePath' in runtime
}

/** What to say about a kind without an adapter. */
export function notAvailable(kind: RuntimeKind): string {
  return `runtime kind ${kind} is not available yet (available: ${AVAILABLE.join(', ')})`
}

/** Makes the adapter of a runtime whose program the node starts with `launcher`. */
export function createProgramAdapter(runtime: LaunchedRuntime, agentId: string, { run }: Launcher): Adapter {
  switch (runtime.kind) {
    case 'command':
      return createCommandAdapter({ launch: runtime, run, agentId })
    case 'claude-code':
      return createClaudeCodeAdapter({ launch: runtime, run })
    case 'codex':
      return createCodexAdapter({ launch: runtime, run })
  }
}

/** Makes the adapter of a runtime that runs by itself. */
export function createRemoteAdapter(runtime: RemoteRuntime): Adapter {
  return runtime
}
