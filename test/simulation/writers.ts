import { createHttpClient, HttpError, type MessageBody, sendUntilKnown } from '@moltnet/client'
import { Target } from '@moltnet/protocol'
import type { History, Written } from './history.ts'
import { messageBody } from './message-body.ts'
import { BASE_URL } from './names.ts'
import type { Plan } from './plan.ts'
import { Random } from './random.ts'

/** What writers write for. */
export interface WritersOptions {
  readonly plan: Plan
  readonly history: History
  trace(line: string): void
}

/** People who write messages, and try each one again until they know what became of it. */
export class Writers {
  readonly #options: WritersOptions
  readonly #random: Random
  #left: number
  #open = 0

  constructor(options: WritersOptions) {
    this.#options = options
    this.#random = new Random(options.plan.seed, 'writers')
    this.#left = options.plan.messages
  }

  /** Everything is written, and known to be stored. */
  get isDone(): boolean {
    return this.#left === 0 && this.#open === 0
  }

  /** Starts all of them. Runs on their own host. */
  start(): void {
    const { plan } = this.#options
    for (let at = 1; at <= plan.writers; at++) void this.#write(`writer${at}`)
  }

  async #write(name: string): Promise<void> {
    const { plan } = this.#options
    const meanMs = (plan.faultMs * plan.writers) / plan.messages
    while (this.#left > 0) {
      // Bursts: often several at once, then nothing for a while.
      const count = Math.min(this.#left, this.#random.chance(0.2) ? this.#random.int(2, 12) : 1)
      for (let burst = 0; burst < count; burst++) {
        this.#left -= 1
        void this.#send(this.#compose(name))
      }
      await wait(this.#random.between(0, 2 * meanMs * count))
    }
  }

  #compose(from: string): Written {
    const { plan, history } = this.#options
    const random = this.#random
    const room = random.pick(plan.rooms)
    const kind = random.pick(['room', 'room', 'thread', 'dm'] as const)
    const agent = random.pick(plan.agents)
    const target = Target.parse(
      kind === 'room'
        ? { kind, room_id: room }
        : kind === 'thread'
          ? { kind, room_id: room, thread_id: `${room}-thread${random.int(1, 2)}` }
          : { kind, dm_id: `dm-${from}-${agent}`, participant_ids: [from, agent] },
    )
    const mentions = kind === 'dm' ? [] : random.some(plan.agents, 0.4)
    const id = `message${history.attempted.size + 1}`
    // Some are large enough to fill a connection.
    const text = `${id} ${'x'.repeat(random.chance(0.1) ? random.int(500, 4_000) : 10)}`
    const written = { id, from, target, mentions, text }
    history.attempted.set(id, written)
    return written
  }

  async #send(written: Written): Promise<void> {
    const { history } = this.#options
    this.#open += 1
    const body = messageBody(written, 'human')
    const position = await this.#untilKnown(body)
    this.#open -= 1
    history.accepted.set(written.id, position)
    // A program that is not sure sends again, or has a mistake and uses an id twice.
    if (this.#random.chance(0.1)) await this.#sendAgain(written, position)
  }

  async #untilKnown(body: MessageBody): Promise<number> {
    const client = createHttpClient({ baseUrl: BASE_URL })
    for (;;) {
      try {
        const { event_id } = await sendUntilKnown(client, body)
        return Number(event_id.slice(event_id.lastIndexOf('.') + 1))
      } catch (error) {
        this.#options.trace(`${body.id ?? ''}: ${String(error)}`)
        if (error instanceof HttpError && !error.retryable) throw error
      }
    }
  }

  async #sendAgain(written: Written, position: number): Promise<void> {
    const { history } = this.#options
    const sameText = this.#random.chance(0.5)
    const text = sameText ? written.text : `${written.text}!`
    try {
      const again = await this.#untilKnown(messageBody({ ...written, text }, 'human'))
      if (!sameText || again !== position) history.violate('id used twice', written.id)
    } catch (error) {
      const isConflict = error instanceof HttpError && error.code === 'conflict'
      if (sameText || !isConflict) history.violate('retry refused', `${written.id}: ${String(error)}`)
    }
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
