import type { Viewer } from './audience.ts'
import type { ConsumerContext } from './consumer-options.ts'
import type { Wake } from './lane.ts'
import type { FrameSink } from './log-subscriber.ts'
import type { WakeBook } from './wake-book.ts'
import { freeSince } from './wake-journal.ts'

/** What a sender sends, and to whom. */
export interface WakeSenderOptions {
  readonly wakes: WakeBook
  readonly sink: FrameSink
  readonly consumer: Viewer & {
    readonly closed: boolean
    /** The socket must be given up. */
    fail(error: unknown): void
  }
}

/** Sends the wakes of one consumer, whose turn it is, as long as its socket takes frames. */
export class WakeSender {
  readonly #context: ConsumerContext
  readonly #options: WakeSenderOptions
  #begun = false
  /** Whether the message of the next wake is being read from the store. */
  #loading = false

  constructor(context: ConsumerContext, options: WakeSenderOptions) {
    this.#context = context
    this.#options = options
  }

  /** Whether it sends: READY was sent, and the socket is there. */
  get hasBegun(): boolean {
    return this.#begun
  }

  begin(): void {
    this.#begun = true
    this.sendBatch()
  }

  /** Sends nothing any more. */
  end(): void {
    this.#begun = false
  }

  /** Sends what may be sent, as frames that leave together. */
  sendBatch(): void {
    this.#options.sink.batch(() => this.send())
  }

  /** Sends what may be sent. */
  send(): void {
    const { wakes, sink } = this.#options
    while (this.#begun && !this.#loading && sink.writable) {
      const wake = wakes.next()
      if (wake === undefined) return
      this.#offer(wake)
    }
  }

  #offer(wake: Wake): void {
    const { wakes, sink, consumer } = this.#options
    const { delivery, entries, fanout, now, stats } = this.#context
    const limit = wake.facts.targeted ? delivery.expireTargetedMs : delivery.expireOtherMs
    const age = now() - freeSince(wake.facts.createdAt, wake.journal)
    if (age > limit && !wakes.hasWaited(wake)) {
      wakes.apply(wake, { type: 'expire' })
      return
    }
    const entry = entries.at(wake.facts.position)
    if (entry === undefined) {
      this.#load(wake)
      return
    }
    if (!fanout.audience.sees(consumer, entry)) {
      wakes.apply(wake, { type: 'withdraw', error: 'the agent may no longer read this conversation' })
      return
    }
    const redelivered = wake.status.sends > 0
    if (redelivered) stats.redeliveries += 1
    const frame = fanout.envelopes.of(entry).wakeFrame(wake.status.attempts + 1, redelivered)
    wakes.apply(wake, { type: 'send' })
    sink.send(frame)
  }

  #load(wake: Wake): void {
    const { wakes, consumer } = this.#options
    this.#loading = true
    this.#context.entries.load(wake.facts).then(
      (found) => {
        this.#loading = false
        if (consumer.closed) return
        if (!found) wakes.apply(wake, { type: 'withdraw', error: 'the message is no longer stored' })
        this.sendBatch()
      },
      (error: unknown) => {
        this.#loading = false
        if (!consumer.closed) consumer.fail(error)
      },
    )
  }
}
