import { HttpError, type ListQuery } from '@moltnet/client'
import { Message, type MessagePage } from '@moltnet/protocol'

/** A message of a test, with what the test cares about. */
export function message(id: string, over: Record<string, unknown> = {}): Message {
  return Message.parse({
    id,
    network_id: 'net',
    origin: { network_id: 'net', message_id: id },
    target: { kind: 'room', room_id: 'general' },
    from: { type: 'agent', id: 'alpha' },
    parts: [{ kind: 'text', text: id }],
    created_at: '2026-01-01T00:00:00.000000000Z',
    ...over,
  })
}

/** A conversation as a server keeps it, which answers pages as the contract says. */
export class History {
  readonly messages: Message[]
  /** What every question is answered with instead. */
  failure: Error | undefined
  readonly #prefix: string

  constructor(count: number, prefix = 'msg') {
    this.#prefix = prefix
    this.messages = []
    for (let index = 0; index < count; index++) this.add()
  }

  add(): Message {
    const added = message(`${this.#prefix}_${this.messages.length}`)
    this.messages.push(added)
    return added
  }

  readonly load = (query: ListQuery): Promise<MessagePage> => {
    return this.failure === undefined ? Promise.resolve(this.page(query)) : Promise.reject(this.failure)
  }

  page({ before, after, limit = 100 }: ListQuery): MessagePage {
    const cursor = before ?? after
    const at = cursor === undefined ? -1 : this.messages.findIndex(({ id }) => id === cursor)
    if (cursor !== undefined && at < 0) {
      throw new HttpError({ status: 422, code: 'unprocessable_entity', message: 'no', retryable: false })
    }
    if (after !== undefined) {
      const messages = this.messages.slice(at + 1, at + 1 + limit)
      return { messages, page: { has_more: at + 1 + limit < this.messages.length } }
    }
    const end = before === undefined ? this.messages.length : at
    return { messages: this.messages.slice(Math.max(0, end - limit), end), page: { has_more: end > limit } }
  }
}
