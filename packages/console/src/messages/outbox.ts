import { type MessageBody, OutcomeUnknownError } from '@moltnet/client'
import type { MessageAccepted } from '@moltnet/protocol'

/**
 * A message of this page that the server's log has not shown yet. `error` says why it did not go, or, when
 * `isUnknown`, why nobody can tell whether it did.
 */
export type OutgoingMessage = { readonly body: OutgoingBody; readonly createdAt: string } & (
  | { readonly state: 'sending' }
  | { readonly state: 'accepted' }
  | { readonly state: 'failed'; readonly error: string; readonly isUnknown: boolean }
)

/** A body with its id: a retry sends the same id, so that it is stored once. */
export type OutgoingBody = MessageBody & { id: string }

/** How an outbox sends. */
export interface OutboxOptions {
  /**
   * Sends and resolves when the message is stored; rejects when it is not, or when nobody knows. Use
   * `sendUntilKnown` of the client.
   */
  send: (body: OutgoingBody) => Promise<MessageAccepted>
  /** Milliseconds since 1970. Default `Date.now`. */
  now?: () => number
}

/**
 * The messages of one conversation on their way. They are shown below the timeline until it has them, and a
 * failed one stays until it is sent again or thrown away.
 */
export class Outbox {
  readonly #send: OutboxOptions['send']
  readonly #now: () => number
  readonly #listeners = new Set<() => void>()
  #messages: readonly OutgoingMessage[] = []

  constructor(options: OutboxOptions) {
    this.#send = options.send
    this.#now = options.now ?? Date.now
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The same array until something changed. */
  readonly getSnapshot = (): readonly OutgoingMessage[] => this.#messages

  /** Starts sending. Resolves when it is known what became of it; a failure is kept in the list, never thrown. */
  async send(body: OutgoingBody): Promise<void> {
    const createdAt = new Date(this.#now()).toISOString()
    this.#change([
      ...this.#messages.filter((message) => message.body.id !== body.id),
      { body, createdAt, state: 'sending' },
    ])
    try {
      await this.#send(body)
      this.#replace(body.id, { body, createdAt, state: 'accepted' })
    } catch (error) {
      this.#replace(body.id, {
        body,
        createdAt,
        state: 'failed',
        error: sayError(error),
        isUnknown: error instanceof OutcomeUnknownError,
      })
    }
  }

  /** Sends a failed message again, with its id. */
  async retry(messageId: string): Promise<void> {
    const failed = this.#messages.find(({ body, state }) => body.id === messageId && state === 'failed')
    if (failed !== undefined) await this.send(failed.body)
  }

  /** Throws a failed message away. */
  discard(messageId: string): void {
    this.#change(this.#messages.filter(({ body, state }) => body.id !== messageId || state !== 'failed'))
  }

  /** Forgets the messages that the timeline shows by now, whatever their state was. */
  settle(isShown: (messageId: string) => boolean): void {
    const left = this.#messages.filter(({ body }) => !isShown(body.id))
    if (left.length < this.#messages.length) this.#change(left)
  }

  /** Puts a message's new state into its place; a message that was settled meanwhile stays away. */
  #replace(id: string, next: OutgoingMessage): void {
    this.#change(this.#messages.map((message) => (message.body.id === id ? next : message)))
  }

  #change(messages: readonly OutgoingMessage[]): void {
    this.#messages = messages
    for (const listener of this.#listeners) listener()
  }
}

/** What an error says; errors of the client are made to be read. */
export function sayError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
