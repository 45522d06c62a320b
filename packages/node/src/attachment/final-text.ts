import type { HttpClient } from '@moltnet/client'
import { HttpError, sendUntilKnown } from '@moltnet/client'
import type { AttachmentConfig } from '@moltnet/config'
import type { MemberId, Message, MessageId } from '@moltnet/protocol'
import { sessionUuid } from '@moltnet/protocol'
import type { Logger } from '@logtape/logtape'
import { messageOf } from '../errors.ts'
import { NODE_LIMITS } from '../limits.ts'

/** A turn's last text and the messages that it answers. */
export interface FinalTextOptions {
  config: AttachmentConfig
  client: HttpClient
  logger: Logger
  text: string
  /** The newest message of the turn. */
  message: Message
  signal: AbortSignal
}

/**
 * Does with the last text of a turn what `final_text` says: drop it, log it, or publish it where the
 * messages were. Never throws: the turn has ended well, and running it again would not bring the text back.
 */
export async function handleFinalText(options: FinalTextOptions): Promise<void> {
  const { config, logger, text, message } = options
  if (text === '' || config.finalText === 'ignore') return
  if (config.finalText === 'hold') {
    logger.info('last text of the turn for {message}, not published: {text}', {
      message: message.id,
      text: text.slice(0, NODE_LIMITS.finalTextLogCharacters),
    })
    return
  }
  try {
    await publish(options)
  } catch (error) {
    logger.error('the last text of the turn for {message} could not be published: {error}', {
      message: message.id,
      error: messageOf(error),
    })
  }
}

/** The id follows from the message, so a turn that runs twice publishes once. */
async function publish({ config, client, text, message, signal }: FinalTextOptions): Promise<void> {
  const id = `msg_${await sessionUuid(`${config.sessionPrefix}:final:${message.id} ${message.created_at}`)}`
  const body = {
    id: id as MessageId,
    target: message.target,
    from: { type: 'agent' as const, id: config.agent.id as string as MemberId, name: config.agent.name },
    parts: [{ kind: 'text' as const, text }],
  }
  try {
    await sendUntilKnown(client, body, { timeoutMs: NODE_LIMITS.publishMs, signal })
  } catch (error) {
    // The same id with another text: an earlier run of this turn has published already.
    if (!(error instanceof HttpError && error.code === 'conflict')) throw error
  }
}
