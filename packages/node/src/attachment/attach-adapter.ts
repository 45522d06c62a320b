import type { Logger } from '@logtape/logtape'
import { type AttachmentTiming, createHttpClient, openAttachment } from '@moltnet/client'
import type { AttachmentConfig } from '@moltnet/config'
import type { Adapter } from '../adapters/adapter.ts'
import type { Gate } from '../gate.ts'
import { CursorFile } from '../state/cursor-file.ts'
import type { AttachmentFiles } from '../state/folder.ts'
import type { AttachmentPort } from '../supervisor.ts'
import type { CompletedMessages } from './completed.ts'
import type { Credential } from './credential.ts'
import { AttachmentLoop } from './loop.ts'
import { RuntimeWatch } from './runtime-watch.ts'
import type { SessionStore } from './session-store.ts'
import { consumerOf } from './subscription.ts'

/** An attachment whose files are claimed and whose runtime can be driven. */
export interface AttachAdapterOptions {
  config: AttachmentConfig
  credential: Pick<Credential, 'token' | 'claimed'>
  files: Pick<AttachmentFiles, 'cursor'>
  adapter: Adapter
  completed: CompletedMessages
  sessions: SessionStore
  logger: Logger
  gate: Gate
  stopGraceMs: number
  random?: () => number
  /** Un-ACKed wakes that the server may send; what a server takes by default when it is absent. */
  window?: number
  timing?: Partial<AttachmentTiming>
}

/** Attaches and wakes the agent until `stop` fires, then closes the adapter. Throws when it cannot go on. */
export async function attachAdapter(
  options: AttachAdapterOptions,
  stop: AbortSignal,
  port: AttachmentPort,
): Promise<void> {
  const { adapter, config, credential, gate, logger } = options
  const { baseUrl } = config.moltnet
  const { report } = port
  const watch = new RuntimeWatch({ adapter, gate, logger, report })
  port.watch = watch
  try {
    void watch.look()
    const cursor = new CursorFile(options.files.cursor)
    const client = createHttpClient({ baseUrl, token: credential.token })
    const attachment = connect(options, cursor)
    await new AttachmentLoop({ ...options, stop, report, watch, cursor, client, attachment }).run()
  } finally {
    port.watch = undefined
    await watch.stop()
    await adapter.close()
  }
}

function connect({ config, credential, logger, ...options }: AttachAdapterOptions, { cursor }: CursorFile) {
  const { agent, moltnet, runtime } = config
  return openAttachment({
    baseUrl: moltnet.baseUrl,
    networkId: moltnet.networkId,
    token: credential.token,
    agent: { id: agent.id, name: agent.name, type: runtime.kind },
    consumer: { ...consumerOf(config), ...(options.window !== undefined && { window: options.window }) },
    cursor,
    onAgentToken: credential.claimed,
    onUnreadable: ({ cursor: event, reason, known }) => {
      const text = 'event {event} was passed over: {reason}'
      if (known) logger.error(text, { event, reason })
      else logger.debug(text, { event, reason })
    },
    random: options.random,
    timing: options.timing,
  })
}
