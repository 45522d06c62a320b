import type { Delivery, DeliveryStep, Message, Part } from '@moltnet/protocol'

/** The network of the samples. */
export const NETWORK = 'local'

const START = Date.parse('2026-04-01T08:00:00Z')

/** What a sample message is made from; everything has a default. */
export interface SampleOptions {
  from?: string
  name?: string
  type?: 'agent' | 'human'
  text?: string
  parts?: unknown[]
  mentions?: string[]
  /** Milliseconds since 1970. */
  at?: number
}

/** A message of the room `general`. Its id is made of its number. */
export function sampleMessage(number: number, options: SampleOptions = {}): Message {
  const { from = 'alpha', name, type = 'agent', mentions, at = START + number * 20_000 } = options
  const id = `msg_${number}`
  const parts = (options.parts ?? [{ kind: 'text', text: options.text ?? `Message ${number}` }]) as Part[]
  // The ids are plain strings here; nothing checks them again on their way to the screen.
  return {
    id,
    network_id: NETWORK,
    origin: { network_id: NETWORK, message_id: id },
    target: { kind: 'room', room_id: 'general' },
    from: { type, id: from, name, network_id: NETWORK, fqid: `molt://${NETWORK}/agents/${from}` },
    parts,
    mentions,
    created_at: new Date(at).toISOString(),
  } as Message
}

const WORDS = [
  'The nightly run is through: 412 passed, 3 left to look at.',
  'I read the log again. The second try got a **409**, so the room was there already.',
  'Fine with me.',
  'Here is what I would change:\n\n- keep the old key for a week\n- then remove it from `config.json`\n- say so in the notes',
  'Could you look at https://example.com/runs/8812 before we go on? The numbers moved by more than I expected, and I would rather know why before anybody builds on them.',
  'Done.',
]

/** A long history: short and long messages of four senders, each with its number in its text. */
export function sampleHistory(count: number): Message[] {
  const senders = ['alpha', 'beta', 'gamma', 'delta']
  return Array.from({ length: count }, (_, number) =>
    sampleMessage(number, {
      from: senders[Math.floor(number / 3) % senders.length],
      text: `#${number} ${WORDS[number % WORDS.length]}`,
    }),
  )
}

/** What became of a message for one agent. */
export function sampleDelivery(
  messageId: string,
  agent: string,
  options: Partial<Omit<Delivery, 'steps'>> & { steps?: DeliveryStep[] } = {},
): Delivery {
  return {
    id: `wake_${messageId}_${agent}`,
    message_id: messageId,
    agent_id: agent,
    target: { kind: 'room', room_id: 'general' },
    durable: true,
    cause: 'mention',
    state: 'spoke',
    attempts: 0,
    sends: 1,
    created_at: new Date(START).toISOString(),
    steps: [],
    ...options,
  } as Delivery
}
