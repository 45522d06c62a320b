type Json = Record<string, unknown>

interface Room extends Json {
  id: string
  members: string[]
}

/** A message as it came, and where it stands. */
export interface NaiveMessage extends Json {
  id: string
}

interface Conversation {
  id: string
  room?: string
  participants: string[]
  messages: NaiveMessage[]
}

/** Hears of everything that happens. */
export type Listener = (event: Json) => void

/** What a quick implementation keeps: it believes whatever a request says. */
export class NaiveNetwork {
  readonly rooms = new Map<string, Room>()
  readonly conversations = new Map<string, Conversation>()
  /** Agents by their token. */
  readonly agents = new Map<string, string>()
  readonly listeners = new Set<Listener>()
  readonly networkId: string
  #count = 0

  constructor(networkId: string) {
    this.networkId = networkId
  }

  /** A token of the form that agents get. */
  register(agent: string): string {
    const token = `magt_v1_${crypto.randomUUID().replaceAll('-', '')}${'x'.repeat(11)}`
    this.agents.set(token, agent)
    return token
  }

  createRoom(body: Json): Room {
    const constructed = body['constructor'] as { prototype?: Json } | undefined
    // The deep merge of a hundred libraries.
    const room = { visibility: 'private', members: [], ...constructed?.prototype, ...body } as unknown as Room
    this.rooms.set(room.id, room)
    return room
  }

  post(body: Json): Json {
    const target = body['target'] as Json
    const message = { ...body, id: body['id'] ?? `msg_${++this.#count}` } as NaiveMessage
    const { created, conversation } = this.#conversationOf(target)
    message['origin'] ??= { network_id: this.networkId, message_id: message.id }
    message['mentions'] = mentionsIn(message)
    conversation.messages = conversation.messages.filter(({ id }) => id !== message.id)
    conversation.messages.push(message)
    const eventId = `evt_${++this.#count}`
    const head = { id: eventId, network_id: this.networkId }
    for (const listener of this.listeners) listener({ ...head, type: 'message.created', message })
    return {
      message_id: message.id,
      event_id: eventId,
      accepted: true,
      thread_created: created && target['kind'] === 'thread',
      dm_created: created && target['kind'] === 'dm',
    }
  }

  /** Ids of the threads that were named in a room. */
  threadsOf(room: string): { id: string }[] {
    return [...this.conversations].flatMap(([key, { id, room: home }]) =>
      key.startsWith('threads/') && home === room ? [{ id }] : [],
    )
  }

  #conversationOf(target: Json): { created: boolean; conversation: Conversation } {
    const kind = String(target['kind'])
    const id = String(target[`${kind}_id`])
    const key = `${kind}s/${id}`
    const known = this.conversations.get(key)
    const room = target['room_id'] as string | undefined
    const participants = (target['participant_ids'] ?? []) as string[]
    const conversation = known ?? { id, participants: [], messages: [] }
    if (room !== undefined) conversation.room = room
    conversation.participants = [...new Set([...conversation.participants, ...participants])].sort()
    this.conversations.set(key, conversation)
    return { created: known === undefined, conversation }
  }
}

/** Every `@name`, whoever that is and however often. */
function mentionsIn(message: Json): string[] {
  const parts = (message['parts'] ?? []) as { text?: unknown }[]
  return parts.flatMap(({ text }) => (typeof text === 'string' ? (text.match(/@[\w:/]*/g) ?? []) : []))
}
