import type { AttachmentConfig, CliRuntime, ProgramRuntime, RuntimeKind } from '@moltnet/config'
import type { Adapter } from './adapter.ts'
import { createClaudeCodeAdapter } from './claude-code/claude-code.ts'
import { createCodexAdapter } from './codex/codex.ts'
import { createCommandAdapter } from './command/command.ts'
import type { RunProgram } from './program.ts'

/** Runtimes that this build can drive: each starts a program in a workspace. */
export type AvailableRuntime = CliRuntime | (ProgramRuntime & { kind: 'command' })

const AVAILABLE: readonly RuntimeKind[] = ['command', 'claude-code', 'codex']

/** The attachment's runtime when this build has an adapter for its kind. */
export function availableRuntime({ runtime }: AttachmentConfig): AvailableRuntime | undefined {
  switch (runtime.kind) {
    case 'command':
    case 'claude-code':
    case 'codex':
      return runtime as AvailableRuntime
    default:
      return undefined
  }
}

/** What to say about a kind without an adapter. */
export function notAvailable(kind: RuntimeKind): string {
  return `runtime kind ${kind} is not available yet (available: ${AVAILABLE.join(', ')})`
}

/** Makes the adapter of a runtime. `run` starts the attachment's program. */
export function createAdapter(runtime: AvailableRuntime, agentId: string, run: RunProgram): Adapter {
  switch (runtime.kind) {
    case 'command':
      return createCommandAdapter({ launch: runtime, run, agentId })
    case 'claude-code':
      return createClaudeCodeAdapter({ launch: runtime, run })
    case 'codex':
      return createCodexAdapter({ launch: runtime, run })
  }
}
