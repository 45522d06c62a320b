import type { HttpClient } from '@moltnet/client'
import { HttpError, sendUntilKnown } from '@moltnet/client'
import type { AttachmentConfig } from '@moltnet/config'
import type { MemberId, Message, MessageId } from '@moltnet/protocol'
import { CONSUMER_LIMITS, sessionUuid } from '@moltnet/protocol'
import type { Logger } from '@logtape/logtape'
import { messageOf } from '../errors.ts'
import { NODE_LIMITS } from '../limits.ts'

/** What a turn left to be published, and the messages that it answers. */
export interface FinalTextOptions {
  config: AttachmentConfig
  client: HttpClient
  logger: Logger
  /** What the runtime said last. */
  text: string
  /** What the agent asked to have sent, in order. */
  said?: readonly string[]
  /** The newest message of the turn. */
  message: Message
  /** Whether the server keeps a text for an operator. */
  durable: boolean
  signal: AbortSignal
}

/**
 * Publishes what the agent asked to have sent, where the messages were. Does with the last text of a turn
 * what `final_text` says: drop it, or, when nothing else was sent, publish it too. One that is to be held
 * for an operator is returned if the server keeps it, and logged if not. Never throws: the turn has ended
 * well, and running it again would not bring the text back.
 */
export async function handleFinalText(options: FinalTextOptions): Promise<string | undefined> {
  const { config, logger, text, message, said = [], durable } = options
  for (const [index, words] of said.entries()) await tryToPublish(options, `said ${index}`, words)
  if (text === '' || config.finalText === 'ignore') return undefined
  if (config.finalText === 'publish' && said.length === 0) {
    await tryToPublish(options, 'final', text)
    return undefined
  }
  if (durable && config.finalText === 'hold') return reportable(text, CONSUMER_LIMITS.finalTextCharacters)
  logText(logger, message, text)
  return undefined
}

/** The last text of a turn that nobody else keeps. */
export function logText(logger: Logger, { id }: Message, text: string): void {
  logger.info('last text of the turn for {message}, not published: {text}', {
    message: id,
    text: text.slice(0, NODE_LIMITS.finalTextLogCharacters),
  })
}

/** Control characters but for line breaks and tabs: NUL is no part of a frame, the others are no words. */
const CONTROLS = /[^\P{Cc}\n\t]/gu

/** What a runtime said, fit for a frame: no control characters, at most so many characters of 16 bits. */
export function reportable(text: string, most: number): string {
  const clean = text.replace(CONTROLS, '')
  return (clean.length <= most ? clean : `${clean.slice(0, most - 1)}…`).toWellFormed()
}

async function tryToPublish(options: FinalTextOptions, what: string, text: string): Promise<void> {
  try {
    await publish(options, what, text)
  } catch (error) {
    options.logger.error('a text of the turn for {message} could not be published: {error}', {
      message: options.message.id,
      error: messageOf(error),
    })
  }
}

/** The id follows from the message, so a turn that runs twice publishes once. */
async function publish(
  { config, client, message, signal }: FinalTextOptions,
  what: string,
  text: string,
): Promise<void> {
  const id = `msg_${await sessionUuid(`${config.sessionPrefix}:${what}:${message.id} ${message.created_at}`)}`
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
