import type { AttachmentConfig } from '@moltnet/config'
import type { RuntimeHealth } from './adapters/health.ts'
import { createProgramAdapter, createRemoteAdapter, isLaunched } from './adapters/registry.ts'
import { createLauncher } from './attachment/launcher.ts'
import { workspaceFault } from './attachment/workspace.ts'
import { StateFolder } from './state/folder.ts'

/** What a runtime is looked at with, outside of a node. */
export interface DiagnoseOptions {
  /** The state folder that the node has, or would have. */
  stateDir: string
  env: Readonly<Record<string, string | undefined>>
  /** Variables that hold Moltnet tokens. */
  secretNames: readonly string[]
  /** Ends the look. */
  signal: AbortSignal
}

/**
 * Looks thoroughly at the runtime of one attachment, as a node would find it: a program that stays between
 * turns is started once and ended. Writes nothing. Never throws.
 */
export async function diagnoseRuntime(
  config: AttachmentConfig,
  { stateDir, env, secretNames, signal }: DiagnoseOptions,
): Promise<RuntimeHealth> {
  const { runtime, agent, moltnet } = config
  const files = new StateFolder(stateDir).attachment(moltnet.networkId, agent.id)
  if (isLaunched(runtime)) {
    const fault = workspaceFault(runtime)
    if (fault !== undefined) return { state: 'broken', ...fault }
  }
  const adapter = isLaunched(runtime)
    ? createProgramAdapter(
        runtime,
        agent.id,
        createLauncher({
          runtime,
          clientConfigPath: runtime.clientConfigPath,
          env,
          secretNames: () => secretNames,
          // A look that is cut off is ended with its group; no node has to find it again.
          turns: { open: () => () => {} },
        }),
      )
    : createRemoteAdapter(runtime, agent.id, { ...files, keepDevice: true })
  try {
    return await adapter.diagnose({ signal, thorough: true })
  } finally {
    await adapter.close()
  }
}
