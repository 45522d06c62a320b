import { createHttpClient, type HttpClient } from '@moltnet/client'
import { join } from 'node:path'
import { until } from '../../support/condition.ts'
import { type Fleet, startFleet, type Turn } from '../../support/fleet.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startTestServer, type TestServer } from '../../support/network.ts'
import { type FaultProxy, startProxy } from '../proxy/proxy.ts'
import { accountOf, untilComplete } from './account.ts'
import { type Conversation, dm, room, thread, walk } from './conversations.ts'
import type { Counts } from './counts.ts'
import { type Entry, History } from './history.ts'
import { type Operator, startOperator } from './operator.ts'
import { type Random, randomOf } from './random.ts'
import { type ReaderKind, READERS, startReader } from './reader-kinds.ts'
import { allConnected, type Reader } from './readers.ts'
import { startWriter, type Writer, writeOne, type WriterOptions } from './writers.ts'

/** Readers get what is left within this long after the last fault, in milliseconds, unless said otherwise. */
const COMPLETE_MS = 120_000

/** Longest wait for the writers and readers to get on, in milliseconds. */
const PROGRESS_MS = 120_000

/** Longest wait for one answer when nothing is wrong with the server, in milliseconds. */
const ANSWER_MS = 60_000

/** Longest wait for a death that comes soon, in milliseconds. */
const SOON_MS = 15

/** Exit code of a process that was killed with SIGKILL. */
const KILLED = 137

/** What is set up. */
export interface WorldOptions {
  readonly seed: number
  /** Agents of a real node with stub runtimes, woken by mentions in the room `hall`; none by default. */
  readonly fleet?: readonly string[]
  readonly writers?: readonly WriterSpec[]
  /** Kinds of readers that take part; by default all whose messages need no approval. */
  readonly readers?: readonly ReaderKind[]
  /** Time that a reader takes for each event until the end of the run, in milliseconds. */
  readonly slowMs?: number
  /** When a silent connection counts as dead, in milliseconds. */
  readonly silentMs?: number
  /** What is kept of the event log, as a YAML flow mapping. */
  readonly events?: string
  /** True: an operator approves what is held, from the begin to the end. */
  readonly operated?: boolean
  /** How long readers are waited for at the end, in milliseconds; two minutes by default. */
  readonly completeMs?: number
  /** True: writers and readers reach the server through a fault proxy; the node does not. */
  readonly proxied?: boolean
}

/** A writer of this world. */
export type WriterSpec = Omit<WriterOptions, 'client' | 'history' | 'random' | 'conversations'>

/** The writers when nothing else is said: three that are patient, one that is not. */
const WRITERS: readonly WriterSpec[] = [
  { name: 'w1', mentions: 0.05 },
  { name: 'w2', pauseMs: 5 },
  { name: 'w3', pauseMs: 20, size: (random: Random) => random.below(2_000) },
  { name: 'w4', impatient: true, pauseMs: 10 },
]

/** A server with writers and readers that go on through all faults, and the account of it. */
export class World implements AsyncDisposable {
  readonly history = new History()
  readonly random: Random
  readonly seed: number
  readonly server: TestServer
  /** The way of the writers and readers, with their patience. */
  readonly client: HttpClient
  /** The way of whoever makes up the account: beside the proxy, and patient even where a silent connection is dead. */
  readonly #accountant: HttpClient
  /** Where writers and readers connect to. */
  readonly url: string
  readonly #proxy: FaultProxy | undefined
  fleet: Fleet | undefined
  readonly conversations: readonly Conversation[]
  readonly #options: WorldOptions
  readonly #stack: AsyncDisposableStack
  readonly #writers: Writer[] = []
  readonly #readers: Reader[] = []
  readonly #pace: { slowMs: number }
  #operator: Operator | undefined
  #marks = 0

  /** Path of the database file. */
  readonly database: string

  private constructor(o: {
    folder: string
    options: WorldOptions
    server: TestServer
    proxy: FaultProxy | undefined
    stack: AsyncDisposableStack
  }) {
    this.#options = o.options
    this.#pace = { slowMs: o.options.slowMs ?? 0 }
    this.seed = o.options.seed
    this.database = join(o.folder, 'moltnet.db')
    this.server = o.server
    this.#proxy = o.proxy
    this.url = o.proxy === undefined ? o.server.url : `http://127.0.0.1:${o.proxy.port}`
    this.client = createHttpClient({ baseUrl: this.url, timeoutMs: o.options.silentMs ?? 15_000 })
    this.#accountant = createHttpClient({ baseUrl: o.server.url, timeoutMs: ANSWER_MS })
    this.#stack = o.stack
    this.random = randomOf(o.options.seed)
    const agents = o.options.fleet ?? []
    this.conversations = [room('hall', agents), room('den'), thread('den', 't1'), dm('d1', 'durable')]
  }

  /** Starts everything; resolves when every reader has seen something and the writers write. */
  static async start(options: WorldOptions): Promise<World> {
    const stack = new AsyncDisposableStack()
    try {
      const { path: folder } = stack.use(await temporaryFolder())
      const agents = options.fleet ?? []
      const members = ['durable', 'approved', 'plain', ...agents].join(', ')
      const rooms = `[{ id: hall, members: [${members}] }, { id: den, members: [${members}] }]`
      const server = stack.use(
        await startTestServer({ folder, rooms, ...(options.events && { events: options.events }) }),
      )
      const proxy = options.proxied
        ? stack.use(await startProxy(Number(new URL(server.url).port)))
        : undefined
      const world = new World({ folder, options, server, proxy, stack })
      stack.defer(() => world.#stopAll().catch(() => undefined))
      if (options.operated) world.#operator = startOperator(server.client, world.random.fork('operator'))
      await world.#startFleet(folder)
      await world.#startReaders()
      world.write(options.writers ?? WRITERS)
      return world
    } catch (error) {
      await stack.disposeAsync()
      throw error
    }
  }

  /** The bad network of a world that is `proxied`. */
  get proxy(): FaultProxy {
    if (this.#proxy === undefined) throw new Error('this world has no proxy')
    return this.#proxy
  }

  /** Messages that writers know to be stored. */
  get acknowledged(): number {
    return this.#writers.reduce((sum, writer) => sum + writer.acknowledged, 0)
  }

  /** Wakes that the operator of this world has approved. */
  get approved(): number {
    return this.#operator?.approved ?? 0
  }

  /** What the stub runtime of an agent of the fleet noted. */
  turns(agent: string): readonly Turn[] {
    return this.fleet?.turns(agent) ?? []
  }

  /** Messages that had to wake an agent of the fleet. */
  concerns(agent: string): readonly string[] {
    return this.history.entries.flatMap((entry) =>
      entry.op === 'concerns' && entry.reader === agent ? [entry.id] : [],
    )
  }

  /** Starts further writers. */
  write(writers: readonly WriterSpec[]): void {
    const { client, history, conversations } = this
    for (const writer of writers) {
      const random = this.random.fork(writer.name)
      this.#writers.push(startWriter({ ...writer, client, history, random, conversations }))
    }
  }

  /** Starts the server so that it dies by itself, before it is ready or later, and waits until it did. */
  async startToDie(o: NonNullable<Parameters<TestServer['start']>[0]>): Promise<void> {
    await this.server.start(o).catch((error: unknown) => {
      if (!String(error).includes('ended before it was ready')) throw error
    })
    const code = await this.server.process.exited
    if (code !== KILLED) throw new Error(`the server ended with code ${code}:\n${this.server.process.log()}`)
  }

  /** Waits until the writers got on by `count` messages and every reader is connected. */
  async progress(count: number): Promise<void> {
    const goal = this.acknowledged + count
    await until(
      () => allConnected(this.#readers) && this.acknowledged >= goal,
      () => `${count} more messages are accepted; the server:\n${this.server.process.log().slice(-4_000)}`,
      PROGRESS_MS,
    )
  }

  /** Waits until every reader that keeps a connection has noticed that it is dead. */
  async silence(): Promise<void> {
    const kept = this.#readers.filter((reader) => reader.keepsConnection)
    await until(() => kept.every((reader) => !reader.connected), 'every reader has noticed', PROGRESS_MS)
  }

  /**
   * Ends the run: writers stop, readers get what is left, the histories are walked a last time. Throws with
   * what is wrong, the seed and the path of the kept history when a bar is broken.
   */
  async finish(): Promise<Counts> {
    for (const writer of this.#writers) await writer.stop()
    this.#pace.slowMs = 0
    for (const conversation of this.conversations) await this.#walk(conversation)
    await this.#complete()
    for (const reader of this.#readers) await reader.stop()
    await this.#operator?.stop()
    return accountOf(this.#entries(), { seed: this.seed, log: this.server.process.log() })
  }

  /** Kills the server after a moment left to chance and starts it again. */
  async restartSoon(): Promise<void> {
    await Bun.sleep(this.random.below(SOON_MS))
    await this.server.kill()
    await this.server.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }

  async #startFleet(folder: string): Promise<void> {
    const agents = this.#options.fleet ?? []
    if (agents.length === 0) return
    this.fleet = this.#stack.use(await startFleet({ server: this.server, folder, agents, room: 'hall' }))
    for (const reader of agents) {
      this.history.add({
        op: 'reader',
        reader,
        promised: 'must',
        conversations: ['room:hall'],
        selective: true,
      })
    }
  }

  /** A first message in each conversation gives every reader a position to resume from. */
  async #startReaders(): Promise<void> {
    await this.#mark()
    const { history, url, client, conversations } = this
    const { silentMs, readers = READERS } = this.#options
    const pace = this.#pace
    for (const kind of readers) {
      const random = this.random.fork(kind)
      this.#readers.push(startReader(kind, { url, client, history, random, conversations, pace, silentMs }))
    }
    for (const reader of this.#readers) await reader.ready
    await this.#mark()
    await this.#complete()
  }

  async #mark(): Promise<void> {
    this.#marks += 1
    const writer = {
      name: 'mark',
      client: this.client,
      history: this.history,
      random: this.random.fork('mark'),
    }
    for (const conversation of this.conversations) {
      const id = `mark-${this.#marks}-${conversation.target.kind}-${conversation.key.replace(/.*:/, '')}`
      await writeOne({ ...writer, conversations: [] }, { id, conversation, number: this.#marks })
      await this.#walk(conversation)
    }
  }

  /** Notes what is stored of a conversation. */
  async #walk(conversation: Conversation): Promise<void> {
    await walk(this.#accountant, conversation, { history: this.history, pageSize: 500 })
  }

  /** Waits until nothing is missing any more, or for as long as that can be waited for. */
  async #complete(): Promise<void> {
    await untilComplete(() => this.#entries(), this.#options.completeMs ?? COMPLETE_MS)
  }

  #entries(): Entry[] {
    return [...this.history.entries, ...this.#turns()]
  }

  /** What the stub runtimes noted: their wakes carry the ids, and the texts are those of the attempts. */
  #turns() {
    const { fleet = [] } = this.#options
    if (fleet.length === 0) return []
    const texts = new Map(this.history.entries.flatMap((e) => (e.op === 'attempt' ? [[e.id, e.text]] : [])))
    const seen = (reader: string, { ids, target }: Turn) =>
      ids.map((id) => ({ op: 'seen', reader, conversation: target, id, text: texts.get(id) ?? '' }) as const)
    return fleet.flatMap((reader) =>
      this.turns(reader).flatMap((turn) => (turn.event === 'end' ? seen(reader, turn) : [])),
    )
  }

  async #stopAll(): Promise<void> {
    const all = [
      ...this.#writers,
      ...this.#readers,
      ...(this.#operator === undefined ? [] : [this.#operator]),
    ]
    await Promise.allSettled(all.map((each) => each.stop()))
  }
}
