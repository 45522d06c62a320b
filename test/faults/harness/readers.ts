import { HttpError, type HttpClient, openAttachment, openEventStream, TransportError } from '@moltnet/client'
import type { MoltnetEvent } from '@moltnet/protocol'
import { TEST_NETWORK } from '../../support/network.ts'
import { type Conversation, pageOf, seenOf, walk } from './conversations.ts'
import type { History } from './history.ts'
import type { Random } from './random.ts'

/** Reconnects fast, so that a round takes no longer than the fault. */
const RECONNECT = { firstMs: 50, maxMs: 500, jitter: 0.5 }

/** Pause of a poller that found nothing new, in milliseconds. */
const POLL_MS = 20

/** Pause of a walker between two walks, in milliseconds. */
const WALK_MS = 100

/** What every reader needs. */
export interface ReaderOptions {
  readonly name: string
  readonly url: string
  readonly history: History
  readonly random: Random
  readonly conversations: readonly Conversation[]
  /** Time that each event takes before it is ACKed, in milliseconds, as it is then; none by default. */
  readonly pace?: { slowMs: number }
  /** The connection counts as dead after this long without a byte, in milliseconds. */
  readonly silentMs?: number
}

/** Somebody who reads until it is stopped. */
export interface Reader {
  /** Resolves when it is ready for the first time, and noted as a reader. */
  readonly ready: Promise<void>
  /** Whether it is connected right now; always true for one that keeps no connection. */
  readonly connected: boolean
  readonly keepsConnection: boolean
  /** Why it has ended although nobody stopped it; undefined as long as it goes on. */
  readonly failure: unknown
  /** Resolves when it has ended; rejects when it broke for a reason that is no fault of the network. */
  stop(): Promise<void>
}

/** Whether all readers are connected. Throws when one of them has broken off. */
export function allConnected(readers: readonly Reader[]): boolean {
  for (const { failure } of readers)
    if (failure !== undefined) throw new Error('a reader broke off', { cause: failure })
  return readers.every((reader) => reader.connected)
}

/** An agent with a durable consumer that wakes for everything in its conversations. */
export function startDurableAgent(options: ReaderOptions): Reader {
  const rooms = roomsOf(options).map((id) => ({ id, wake: 'all' as const }))
  return startAgent(options, { durable: true, rooms, dms: { enabled: true, wake: 'all' } })
}

/** The same in rooms whose wakes wait for an operator. */
export function startApprovedAgent(options: ReaderOptions): Reader {
  const rooms = roomsOf(options).map((id) => ({ id, wake: 'all' as const, approval: true }))
  return startAgent(options, { durable: true, rooms, dms: { enabled: false, wake: 'never' } })
}

/** An agent with a plain attachment, which resumes at its last ACK. */
export function startPlainAgent(options: ReaderOptions): Reader {
  return startAgent(options, undefined)
}

function startAgent(
  options: ReaderOptions,
  consumer: Parameters<typeof openAttachment>[0]['consumer'],
): Reader {
  const { name, url, history, random, pace = { slowMs: 0 }, silentMs } = options
  const timing = { reconnect: RECONNECT, ...(silentMs !== undefined && { readMs: silentMs }) }
  const attachment = openAttachment({
    baseUrl: url,
    networkId: TEST_NETWORK,
    agent: { id: name },
    random: () => random.next(),
    timing,
    ...(consumer !== undefined && { consumer }),
  })
  const readiness = Promise.withResolvers<void>()
  let connected = false
  const run = async (): Promise<void> => {
    for await (const item of attachment) {
      connected = item.type === 'event' || item.type === 'ready'
      if (item.type === 'ready') {
        if (consumer !== undefined && item.ready.consumer === undefined) throw new Error('not durable')
        noteReader(options, consumer === undefined ? 'live' : 'must', readiness)
      } else if (item.type === 'event') {
        noteEvent(history, name, item.frame.event)
        if (pace.slowMs > 0) await Bun.sleep(pace.slowMs)
        item.ack()
      } else if (item.type === 'taken_over' || (item.type === 'refused' && item.retryInMs === null)) {
        throw new Error(`${name}: ${item.error}`)
      }
    }
  }
  return readerOf(run, { readiness, connected: () => connected, end: () => attachment.close() })
}

/** An event stream that resumes after its last event. */
export function startStream(options: ReaderOptions): Reader {
  const { name, url, history, random, pace = { slowMs: 0 }, silentMs } = options
  const stopping = new AbortController()
  const readiness = Promise.withResolvers<void>()
  let connected = false
  const events = openEventStream({
    baseUrl: url,
    signal: stopping.signal,
    random: () => random.next(),
    timing: { reconnect: RECONNECT, ...(silentMs !== undefined && { silentMs, connectMs: silentMs }) },
    onState: ({ state }) => {
      connected = state === 'open'
      if (connected) noteReader(options, 'live', readiness)
    },
  })
  const run = async (): Promise<void> => {
    for await (const event of events) {
      noteEvent(history, name, event)
      if (pace.slowMs > 0) await Bun.sleep(pace.slowMs)
    }
  }
  return readerOf(run, { readiness, connected: () => connected, end: async () => stopping.abort() })
}

/** Asks again and again for what came `after` the newest message that it knows, in small pages. */
export function startPoller(options: ReaderOptions & { readonly client: HttpClient }): Reader {
  const { name, client, history, random, conversations } = options
  const readiness = Promise.withResolvers<void>()
  let stopped = false
  const newest = new Map<string, string | undefined>()
  const poll = async (conversation: Conversation): Promise<number> => {
    const after = newest.get(conversation.key)
    const query = after === undefined ? { limit: 1 } : { after, limit: 1 + random.below(20) }
    const { messages } = await pageOf(client, conversation, query)
    newest.set(conversation.key, messages.at(-1)?.id ?? after)
    if (after !== undefined) for (const message of messages) history.add(sighting(name, seenOf(message)))
    return after === undefined ? 0 : messages.length
  }
  const run = async (): Promise<void> => {
    for (const conversation of conversations)
      while (!stopped && (await onceOrLater(() => poll(conversation))) === undefined) await Bun.sleep(POLL_MS)
    noteReader(options, 'live', readiness)
    while (!stopped) {
      let found = 0
      for (const conversation of conversations) found += (await onceOrLater(() => poll(conversation))) ?? 0
      if (found === 0) await Bun.sleep(POLL_MS)
    }
  }
  return readerOf(run, { readiness, end: async () => void (stopped = true) })
}

/** Walks through whole histories, one conversation after the other, with pages of changing size. */
export function startWalker(
  options: Omit<ReaderOptions, 'name' | 'url'> & { readonly client: HttpClient },
): Reader {
  const { client, history, random, conversations } = options
  const readiness = Promise.withResolvers<void>()
  readiness.resolve()
  let stopped = false
  const run = async (): Promise<void> => {
    while (!stopped) {
      const conversation = random.pick(conversations)
      await onceOrLater(() => walk(client, conversation, { history, pageSize: 20 + random.below(400) }))
      await Bun.sleep(WALK_MS)
    }
  }
  return readerOf(run, { readiness, end: async () => void (stopped = true) })
}

/** Undefined when there was no answer: the fault of this round, and a reason to ask again. */
async function onceOrLater<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof TransportError || (error instanceof HttpError && error.retryable)) return undefined
    throw error
  }
}

function noteReader(
  { name, history, conversations }: ReaderOptions,
  promised: 'must' | 'live',
  readiness: PromiseWithResolvers<void>,
): void {
  if (!history.hasReader(name)) {
    history.add({ op: 'reader', reader: name, promised, conversations: conversations.map(({ key }) => key) })
  }
  readiness.resolve()
}

function noteEvent(history: History, reader: string, event: MoltnetEvent): void {
  if (event.type === 'message.created') history.add(sighting(reader, seenOf(event.message)))
  else if (event.type === 'stream.replay_gap') history.add({ op: 'gap', reader })
}

function sighting(reader: string, seen: ReturnType<typeof seenOf>) {
  return { op: 'seen', reader, ...seen } as const
}

function roomsOf({ conversations }: ReaderOptions): string[] {
  return conversations.flatMap(({ target }) => (target.kind === 'room' ? [target.room_id] : []))
}

function readerOf(
  run: () => Promise<void>,
  o: { readiness: PromiseWithResolvers<void>; connected?: () => boolean; end: () => Promise<void> },
): Reader {
  const running = run()
  let failure: unknown
  running.catch((error: unknown) => {
    failure = error
    o.readiness.reject(error)
  })
  return {
    ready: o.readiness.promise,
    get connected() {
      return o.connected?.() ?? true
    },
    keepsConnection: o.connected !== undefined,
    get failure() {
      return failure
    },
    async stop() {
      await o.end()
      await running
    },
  }
}
