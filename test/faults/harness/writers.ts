import { HttpError, type HttpClient, type MessageBody, sendUntilKnown, TransportError } from '@moltnet/client'
import type { MessageAccepted } from '@moltnet/protocol'
import { type Conversation, WRITER } from './conversations.ts'
import { digest, type History } from './history.ts'
import type { Random } from './random.ts'

/** How long a patient writer seeks the outcome of one message, in milliseconds. */
export const PATIENCE_MS = 120_000

/** Pause of an impatient writer after a message without an answer, in milliseconds. */
const AFTER_FAILURE_MS = 100

/** What a writer does. */
export interface WriterOptions {
  readonly name: string
  readonly client: HttpClient
  readonly history: History
  readonly random: Random
  readonly conversations: readonly Conversation[]
  /** True: each message is sent once, and a lost answer is not looked after. */
  readonly impatient?: boolean
  /** Characters of a message; 40 by default. */
  readonly size?: (random: Random) => number
  /** Longest pause between two messages, in milliseconds; 0 by default. */
  readonly pauseMs?: number
  /** Share of messages that mention an agent of their conversation; 0 by default. */
  readonly mentions?: number
}

/** Writes one message after the other until it is stopped. */
export interface Writer {
  /** Messages that it knows to be stored. */
  readonly acknowledged: number
  /** Resolves when the outcome of its last message is known, as far as it cares. Rejects when it broke. */
  stop(): Promise<void>
}

/** Starts a writer. */
export function startWriter(options: WriterOptions): Writer {
  const { name, random, conversations, pauseMs = 0 } = options
  const numbers = new Map<string, number>()
  let stopped = false
  let acknowledged = 0
  const run = async (): Promise<void> => {
    for (let n = 1; !stopped; n++) {
      const conversation = random.pick(conversations)
      const number = (numbers.get(conversation.key) ?? 0) + 1
      numbers.set(conversation.key, number)
      if (await writeOne(options, { id: `${name}-${n}`, conversation, number })) acknowledged += 1
      else await Bun.sleep(AFTER_FAILURE_MS)
      if (pauseMs > 0) await Bun.sleep(random.next() * pauseMs)
    }
  }
  const running = run()
  // Whoever stops it hears of a failure; until then it is not an unhandled one.
  running.catch(() => undefined)
  return {
    get acknowledged() {
      return acknowledged
    },
    stop() {
      stopped = true
      return running
    },
  }
}

/** Writes one message and notes what is known of it; true when it is stored. */
export async function writeOne(
  options: WriterOptions,
  o: { id: string; conversation: Conversation; number: number },
): Promise<boolean> {
  const { history, random, mentions = 0, size = () => 40 } = options
  const { id, conversation, number } = o
  const { agents } = conversation
  const mentioned = agents.length > 0 && random.next() < mentions ? random.pick(agents) : undefined
  const text = `${mentioned === undefined ? '' : `@${mentioned} `}${id} `.padEnd(size(random), 'lorem ')
  const said = { id, text: digest(text) }
  if (mentioned !== undefined) history.add({ op: 'concerns', reader: mentioned, id })
  history.add({ op: 'attempt', writer: options.name, conversation: conversation.key, number, ...said })
  const outcome = await send(options, {
    id,
    target: conversation.target,
    from: { type: 'human', id: WRITER },
    parts: [{ kind: 'text', text }],
  })
  if (outcome !== 'unknown') history.add({ op: outcome, ...said })
  return outcome === 'ok'
}

/** What the writer knows in the end. Rejects when the outcome stays unknown although it was sought. */
async function send(
  { client, random, impatient = false }: WriterOptions,
  body: MessageBody,
): Promise<'ok' | 'refused' | 'unknown'> {
  try {
    const accepted = await (impatient
      ? client.sendMessage(body)
      : sendUntilKnown(client, body, { timeoutMs: PATIENCE_MS, random: () => random.next() }))
    return outcomeOf(accepted, body)
  } catch (error) {
    if (error instanceof HttpError && !error.retryable) return 'refused'
    if (impatient && (error instanceof TransportError || error instanceof HttpError)) return 'unknown'
    throw error
  }
}

function outcomeOf(accepted: MessageAccepted, body: MessageBody): 'ok' {
  if (accepted.message_id === body.id) return 'ok'
  throw new Error(`${body.id} was answered as ${accepted.message_id}`)
}
