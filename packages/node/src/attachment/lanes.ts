import type { EventFrame, Message, Target } from '@moltnet/protocol'
import { conversationKey, renderBody } from '@moltnet/protocol'
import { NODE_LIMITS } from '../limits.ts'
import { identityOf } from './completed.ts'
import { ReturnedBatches } from './returned.ts'

/** A message that wakes the agent, with the event it came in; redelivery exchanges the event. */
export interface LaneItem<Event = EventFrame> {
  readonly message: Message
  event: Event
}

/** One turn: messages of one conversation, none for the bootstrap turn. */
export interface Turn<Event = EventFrame> {
  readonly target: Target
  readonly items: readonly LaneItem<Event>[]
  /** Tries of exactly these messages by this process, this one included. */
  readonly attempt: number
  /** How many of the earlier tries were failures of the runtime. */
  readonly failures: number
}

/**
 * What becomes of a turn's messages: `done`; `returned` to the server, which sends them again; or `held`
 * here and tried again after a wait.
 */
export type TurnEnd =
  | { type: 'done' }
  | { type: 'returned' }
  /** `failure`: the runtime took the messages and failed. */
  | { type: 'held'; retryAfterMs: number; failure: boolean }

/** What lanes are made from. */
export interface LanesOptions<Event> {
  maxConcurrent: number
  /** Runs a turn to its end; must not throw. */
  run(turn: Turn<Event>): Promise<TurnEnd>
  /** Called for messages that stand behind returned ones: the server must send them after those. */
  giveBack(items: readonly LaneItem<Event>[]): void
  /** Called when a message of the running turn came again. */
  onRedelivered(item: LaneItem<Event>): void
  /**
   * Calls `start` once everything that arrived together is queued, so that one turn takes it all. Left out:
   * turns start at once.
   */
  defer?(start: () => void): void
  /** Called when the number of running turns or waiting messages changed. */
  onChange?(): void
}

interface Lane<Event> {
  target: Target
  waiting: LaneItem<Event>[]
  /** A bootstrap turn is to come before the next messages. */
  bootstrap: boolean
  /** A batch that must go again, alone and before everything else. */
  retry: Batch<Event> | undefined
  running: LaneItem<Event>[] | undefined
  timer: ReturnType<typeof setTimeout> | undefined
  /** In the list of lanes that wait for a free place. */
  ready: boolean
}

/** Messages that go together into one turn. */
export interface Batch<Event> {
  items: LaneItem<Event>[]
  attempt: number
  failures: number
}

/**
 * One turn per conversation at a time, in order; different conversations side by side up to a limit.
 * Messages that arrive during a turn go together into the next one. A batch that failed is tried again
 * with the same messages and no new ones.
 */
export class Lanes<Event = EventFrame> {
  readonly #options: LanesOptions<Event>
  readonly #lanes = new Map<string, Lane<Event>>()
  readonly #returned = new ReturnedBatches<Event>()
  readonly #ready: string[] = []
  readonly #idle: (() => void)[] = []
  #running = 0
  #waiting = 0
  #starting = false
  #stopped = false

  constructor(options: LanesOptions<Event>) {
    this.#options = options
  }

  /** Turns that run now. */
  get running(): number {
    return this.#running
  }

  /** Messages that wait for a turn, those held for a retry included. */
  get waiting(): number {
    return this.#waiting
  }

  /** Queues a message, or exchanges the event of one that is already here. Ignored after `stop`. */
  add(message: Message, event: Event): void {
    if (this.#stopped) return
    const key = conversationKey(message.target)
    const lane = this.#laneOf(key, message.target)
    const identity = identityOf(message)
    const same = (item: LaneItem<Event>) => identityOf(item.message) === identity
    const running = lane.running?.find(same)
    if (running !== undefined) {
      running.event = event
      this.#options.onRedelivered(running)
      return
    }
    const known = lane.retry?.items.find(same) ?? lane.waiting.find(same)
    if (known !== undefined) {
      known.event = event
      return
    }
    const item = { message, event }
    if (this.#queue(key, lane, item)) this.#schedule(key, lane)
    else this.#giveBackEarly(key, lane, item)
  }

  /** Runs a bootstrap turn before the next messages of a conversation. */
  addBootstrap(target: Target): void {
    if (this.#stopped) return
    const key = conversationKey(target)
    const lane = this.#laneOf(key, target)
    lane.bootstrap = true
    this.#schedule(key, lane)
  }

  /** Starts no further turn and forgets all waiting messages; running turns go on. */
  stop(): void {
    this.#stopped = true
    this.clear()
  }

  /** Forgets all waiting messages: they stay un-ACKed and come again. */
  clear(): void {
    for (const [key, lane] of this.#lanes) {
      clearTimeout(lane.timer)
      lane.timer = undefined
      lane.waiting = []
      lane.retry = undefined
      lane.bootstrap = false
      lane.ready = false
      if (lane.running === undefined) this.#lanes.delete(key)
    }
    this.#ready.length = 0
    this.#returned.clear()
    this.#waiting = 0
    this.#options.onChange?.()
  }

  /** Resolves when no turn runs. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** False when it must not be taken yet. */
  #queue(key: string, lane: Lane<Event>, item: LaneItem<Event>): boolean {
    const returned = this.#returned.takeUp(key, item)
    if (returned?.type === 'early') return false
    if (returned?.type === 'retry') {
      lane.retry = returned.batch
      this.#waiting += returned.batch.items.length
      return true
    }
    const items = returned?.items ?? [item]
    lane.waiting.push(...items)
    this.#waiting += items.length
    return true
  }

  #giveBackEarly(key: string, lane: Lane<Event>, item: LaneItem<Event>): void {
    if (isEmpty(lane)) this.#lanes.delete(key)
    this.#options.giveBack([item])
  }

  #laneOf(key: string, target: Target): Lane<Event> {
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = {
        target,
        waiting: [],
        bootstrap: false,
        retry: undefined,
        running: undefined,
        timer: undefined,
        ready: false,
      }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #schedule(key: string, lane: Lane<Event>): void {
    const hasWork = lane.retry !== undefined || lane.bootstrap || lane.waiting.length > 0
    if (hasWork && !lane.ready && lane.running === undefined && lane.timer === undefined) {
      lane.ready = true
      this.#ready.push(key)
    }
    this.#startSoon()
    this.#options.onChange?.()
  }

  #startSoon(): void {
    const { defer } = this.#options
    if (defer === undefined) return this.#startReady()
    if (this.#starting) return
    this.#starting = true
    defer(() => {
      this.#starting = false
      this.#startReady()
      this.#options.onChange?.()
    })
  }

  #startReady(): void {
    while (!this.#stopped && this.#running < this.#options.maxConcurrent) {
      const key = this.#ready.shift()
      if (key === undefined) return
      const lane = this.#lanes.get(key)
      if (lane === undefined) continue
      lane.ready = false
      // A lane that was cleared during its turn may stand here too early.
      if (lane.running !== undefined || lane.timer !== undefined) continue
      const next = takeNext(lane)
      if (next !== undefined) void this.#run(key, lane, next)
      else this.#lanes.delete(key)
    }
  }

  async #run(key: string, lane: Lane<Event>, batch: Batch<Event>): Promise<void> {
    lane.running = batch.items
    this.#running += 1
    this.#waiting -= batch.items.length
    const end = await this.#options.run({ target: lane.target, ...batch })
    lane.running = undefined
    this.#running -= 1
    if (!this.#stopped && batch.items.length > 0) this.#settle(key, batch, end)
    if (isEmpty(lane)) this.#lanes.delete(key)
    else this.#schedule(key, lane)
    this.#startReady()
    this.#options.onChange?.()
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #settle(key: string, batch: Batch<Event>, end: TurnEnd): void {
    const lane = this.#lanes.get(key)
    if (lane === undefined) return
    if (end.type === 'held') {
      const failures = batch.failures + (end.failure ? 1 : 0)
      lane.retry = { items: batch.items, attempt: batch.attempt + 1, failures }
      this.#waiting += batch.items.length
      lane.timer = setTimeout(() => {
        lane.timer = undefined
        this.#schedule(key, lane)
      }, end.retryAfterMs)
    }
    if (end.type === 'returned') {
      const behind = lane.waiting
      lane.waiting = []
      this.#waiting -= behind.length
      this.#returned.add(key, batch, behind)
      if (behind.length > 0) this.#options.giveBack(behind)
    }
  }
}

/** Whether a lane has nothing to do, now and by itself. */
function isEmpty({ running, retry, waiting, bootstrap }: Lane<unknown>): boolean {
  return running === undefined && retry === undefined && waiting.length === 0 && !bootstrap
}

/** The next turn of a lane: what must go again, else as many waiting messages as fit one wake. */
function takeNext<Event>(lane: Lane<Event>): Batch<Event> | undefined {
  const { retry } = lane
  if (retry !== undefined) {
    lane.retry = undefined
    return retry
  }
  if (lane.bootstrap) {
    lane.bootstrap = false
    return { items: [], attempt: 1, failures: 0 }
  }
  const count = batchLength(lane.waiting.map((item) => item.message))
  return count === 0 ? undefined : { items: lane.waiting.splice(0, count), attempt: 1, failures: 0 }
}

/** How many of the first messages fit one wake; a message that is too big alone still goes alone. */
export function batchLength(messages: readonly Message[]): number {
  let bytes = 0
  let count = 0
  for (const message of messages.slice(0, NODE_LIMITS.batchMessages)) {
    bytes += Buffer.byteLength(renderBody(message.parts))
    if (count > 0 && bytes > NODE_LIMITS.batchBytes) break
    count += 1
  }
  return count
}
