import type { Logger } from '@logtape/logtape'
import { getLogger } from '@logtape/logtape'
import { createHttpClient, openAttachment } from '@moltnet/client'
import type { AttachmentConfig } from '@moltnet/config'
import type { Adapter } from '../adapters/adapter.ts'
import { createProgramAdapter, createRemoteAdapter, isLaunched } from '../adapters/registry.ts'
import { CursorFile } from '../state/cursor-file.ts'
import type { AttachmentFiles } from '../state/folder.ts'
import { claimOwnership } from '../state/owner.ts'
import { TurnRecords } from '../state/turn-records.ts'
import type { Gate } from '../gate.ts'
import type { AttachmentPort } from '../supervisor.ts'
import { CompletedMessages } from './completed.ts'
import type { Credential } from './credential.ts'
import { createLauncher } from './launcher.ts'
import { AttachmentLoop } from './loop.ts'
import { RuntimeWatch } from './runtime-watch.ts'
import type { SessionStore } from './session-store.ts'
import { consumerOf } from './subscription.ts'
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
    if (ended > 0) logger.warn('ended {count} turns that an earlier node left running', { count: ended })
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
  const { config, credential, files, logger, completed, random } = options
  const { runtime } = config
  const { baseUrl, networkId } = config.moltnet
  const adapter = await openAdapter(options)
  const { report } = port
  const watch = new RuntimeWatch({ adapter, gate: options.gate, logger, report })
  port.watch = watch
  try {
    void watch.look()
    const cursor = new CursorFile(files.cursor)
    const loop = new AttachmentLoop({
      config,
      completed,
      logger,
      stop,
      report,
      watch,
      cursor,
      adapter,
      stopGraceMs: options.stopGraceMs,
      sessions: options.sessions(isLaunched(runtime) ? runtime.sessionStorePath : files.sessions),
      client: createHttpClient({ baseUrl, token: credential.token }),
      attachment: openAttachment({
        baseUrl,
        networkId,
        token: credential.token,
        agent: { id: config.agent.id, name: config.agent.name, type: runtime.kind },
        consumer: consumerOf(config),
        cursor: cursor.cursor,
        onAgentToken: credential.claimed,
        onUnreadable: ({ cursor: event, reason, known }) => {
          const text = 'event {event} was passed over: {reason}'
          if (known) logger.error(text, { event, reason })
          else logger.debug(text, { event, reason })
        },
        random,
      }),
    })
    await loop.run()
  } finally {
    port.watch = undefined
    await watch.stop()
    await adapter.close()
  }
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
