import { type CreateMessage, MessageAccepted } from '@moltnet/protocol'
import { type Call, type CallOptions, createCall, type HttpClientOptions, post } from './http-call.ts'
import type { Plain } from './plain.ts'

export type MessageBody = Plain<CreateMessage>

/** What sends messages. */
export interface MessageSender {
  /** One try. Use `sendUntilKnown` unless the caller has its own way to find out what became of it. */
  sendMessage(body: MessageBody, options?: CallOptions): Promise<MessageAccepted>
}

/**
 * The part of an `HttpClient` that sends. A program that is started for each message starts sooner without the schemas
 * of everything else.
 */
export function createMessageSender(options: HttpClientOptions): MessageSender {
  return { sendMessage: sendMessage(createCall(options)) }
}

/** Sending by way of `call`. */
export function sendMessage(call: Call): MessageSender['sendMessage'] {
  return (body, options) => call(post(['messages'], body), MessageAccepted, options)
}
