import type { Logger } from '@logtape/logtape'
import { getLogger } from '@logtape/logtape'
import type { AttachmentConfig } from '@moltnet/config'
import type { Adapter } from '../adapters/adapter.ts'
import { createProgramAdapter, createRemoteAdapter, isLaunched } from '../adapters/registry.ts'
import type { AttachmentFiles } from '../state/folder.ts'
import { claimOwnership } from '../state/owner.ts'
import { TurnRecords } from '../state/turn-records.ts'
import type { Gate } from '../gate.ts'
import type { AttachmentPort } from '../supervisor.ts'
import { attachAdapter } from './attach-adapter.ts'
import { CompletedMessages } from './completed.ts'
import type { Credential } from './credential.ts'
import { createLauncher } from './launcher.ts'
import type { SessionStore } from './session-store.ts'
import { prepareWorkspace } from './workspace.ts'

/** One attachment with everything that it needs. */
export interface AttachmentOptions {
  config: AttachmentConfig
  credential: Credential
  files: AttachmentFiles
  /** The node's own environment. */
  env: Readonly<Record<string, string | undefined>>
  /** Variables that hold Moltnet tokens, as of now. */
  secretNames(): readonly string[]
  /** Shared by all attachments of the node; see {@link RuntimeWatch}. */
  gate: Gate
  /** Folder of the `moltnet` that agents find first in PATH. */
  programFolder?: string
  sessions(path: string): SessionStore
  stopGraceMs: number
  killGraceMs?: number
  random?: () => number
}

/**
 * Runs one attachment until `stop` fires: ends what an earlier process left, prepares the workspace,
 * attaches and wakes the agent. Throws when it cannot go on; nothing of it runs any more then.
 */
export async function runAttachment(
  options: AttachmentOptions,
  stop: AbortSignal,
  port: AttachmentPort,
): Promise<void> {
  const { config, files } = options
  const logger = getLogger(['moltnet', 'node', 'attachment']).with({ agent: config.agent.id })
  const release = claimOwnership(files.owner)
  try {
    const turns = new TurnRecords(files.turns)
    const ended = await turns.endLeftovers()
    if (ended > 0) logger.warn('ended turns that an earlier node left running: {count}', { count: ended })
    const completed = CompletedMessages.open(files.completed)
    try {
      await attach({ ...options, logger, turns, completed }, stop, port)
    } finally {
      completed.close()
    }
  } finally {
    release()
  }
}

interface OpenAttachmentOptions extends AttachmentOptions {
  logger: Logger
  turns: TurnRecords
  completed: CompletedMessages
}

async function attach(
  options: OpenAttachmentOptions,
  stop: AbortSignal,
  port: AttachmentPort,
): Promise<void> {
  const { runtime } = options.config
  const sessions = options.sessions(isLaunched(runtime) ? runtime.sessionStorePath : options.files.sessions)
  const adapter = await openAdapter(options)
  await attachAdapter({ ...options, adapter, sessions }, stop, port)
}

/** The adapter; for a program that the node starts, with its workspace prepared. */
async function openAdapter(options: OpenAttachmentOptions): Promise<Adapter> {
  const { config, credential, logger } = options
  const { runtime } = config
  if (!isLaunched(runtime)) return createRemoteAdapter(runtime, config.agent.id, options.files)
  const clientConfigPath = await prepareWorkspace({ config, runtime, token: credential.source, logger })
  return createProgramAdapter(
    runtime,
    config.agent.id,
    createLauncher({ ...options, runtime, clientConfigPath }),
  )
}
