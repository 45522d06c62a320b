import { ATTACH_VERSION, type ClientFrame, type ConsumerRequest } from '@moltnet/protocol'
import { durableLedger, type Ledger, v1Ledger } from './attachment-ledger.ts'
import type { ItemQueue } from './attachment-queue.ts'
import type { AttachmentEvent, UnreadableEvent } from './attachment-types.ts'
import type { ReceivedEvent } from './frames.ts'
import { type HeldEvent, V1Retries } from './v1-retries.ts'

/** What handing out events needs. */
export interface DeliveriesOptions {
  /** Position of the caller for a v1 attachment. */
  cursor: string | undefined
  consumer: ConsumerRequest | undefined
  queue: ItemQueue
  /** Sends a frame on the present connection; nothing happens without one. */
  send(frame: ClientFrame): void
  /** An event was queued or answered. */
  onChange(): void
  onUnreadable?: ((event: UnreadableEvent) => void) | undefined
}

type Answer = Parameters<AttachmentEvent['nack']>[0]

/** Turns EVENT frames into items and their answers into frames, over all connections of an attachment. */
export class Deliveries {
  readonly #options: DeliveriesOptions
  readonly #retries: V1Retries
  #ledger: Ledger

  constructor(options: DeliveriesOptions) {
    this.#options = options
    this.#ledger = v1Ledger(options.cursor)
    this.#retries = new V1Retries((event) => this.#queue(event))
  }

  get ledger(): Pick<Ledger, 'done' | 'size'> {
    return this.#ledger
  }

  /** What the IDENTIFY of a new connection says to resume after. */
  resume(): string | undefined {
    return this.#ledger.resume()
  }

  /** A connection is live. `durable`: the server keeps this consumer. */
  attach(durable: boolean): void {
    const mode = durable ? 'durable' : 'v1'
    if (this.#ledger.mode !== mode) {
      const { consumer, cursor } = this.#options
      this.#retries.clear()
      this.#ledger = durable ? durableLedger(consumer?.window) : v1Ledger(cursor)
    }
    for (const cursor of this.#ledger.connected()) this.#options.send({ op: 'ACK', cursor })
  }

  /**
   * The connection is gone. Waiting events of a durable consumer are taken back: the server sends them
   * again, perhaps to another node. Those of a v1 attachment stay.
   */
  detach(): void {
    this.#ledger.disconnected()
    if (this.#ledger.mode === 'durable') this.#options.queue.dropEvents()
  }

  /** The attachment has ended. */
  stop(): void {
    this.#retries.clear()
  }

  receive(event: ReceivedEvent): void {
    const cursor = event.kind === 'readable' ? event.frame.cursor : event.cursor
    if (this.#ledger.receive(cursor) === 'acked') return this.#options.send({ op: 'ACK', cursor })
    if (event.kind === 'unreadable') return this.#passOver(event)
    // A v1 replay of an event that the client itself still holds.
    if (this.#options.queue.has(cursor) || this.#retries.has(cursor)) return
    this.#queue(event)
  }

  #queue(event: HeldEvent): void {
    this.#options.queue.push(this.#item(event), event.characters)
    this.#options.onChange()
  }

  /**
   * Kept un-ACKed, an event that cannot be read would come again for ever. An unknown type is for newer
   * programs than this one; of a known type that is broken a durable consumer's server is told.
   */
  #passOver(event: UnreadableEvent): void {
    const { cursor, reason, known } = event
    if (known && this.#ledger.mode === 'durable') {
      this.#ledger.nack(cursor)
      this.#sendNack(cursor, { reason: 'failed', error: `unreadable event: ${reason}` })
    } else {
      this.#ack(this.#ledger, cursor)
    }
    this.#options.onUnreadable?.({ cursor, reason, known })
  }

  #item(event: HeldEvent): AttachmentEvent {
    const ledger = this.#ledger
    const { frame } = event
    let answered = false
    const once = (answer: () => void) => {
      if (!answered) answer()
      answered = true
    }
    return {
      type: 'event',
      frame,
      ack: () => once(() => this.#ack(ledger, frame.cursor)),
      nack: (answer) => once(() => this.#nack(ledger, event, answer)),
      status: (state, detail) => {
        if (answered || ledger !== this.#ledger || !ledger.acceptsStatus(frame.cursor)) return false
        const { cursor } = frame
        this.#options.send({ op: 'STATUS', version: ATTACH_VERSION, cursor, state, detail })
        return true
      },
    }
  }

  /** After a change between v1 and durable the answers to older events mean nothing to the server. */
  #ack(ledger: Ledger, cursor: string): void {
    if (ledger !== this.#ledger) return
    this.#retries.forget(cursor)
    if (ledger.ack(cursor)) this.#options.send({ op: 'ACK', cursor })
    this.#options.onChange()
  }

  #nack(ledger: Ledger, event: HeldEvent, answer: Answer): void {
    if (ledger !== this.#ledger) return
    const { cursor } = event.frame
    if (ledger.mode === 'v1') this.#retries.hold(event, answer)
    else if (ledger.nack(cursor)) this.#sendNack(cursor, answer)
  }

  #sendNack(cursor: string, { reason, error, retryAfterMs }: Answer): void {
    const wait = retryAfterMs === undefined ? {} : { retry_after_ms: Math.max(0, Math.round(retryAfterMs)) }
    const text = error === undefined ? {} : { error: error.slice(0, ERROR_CHARACTERS) }
    this.#options.send({ op: 'NACK', version: ATTACH_VERSION, cursor, reason, ...text, ...wait })
  }
}

/** Of an error text in a NACK; a runtime's output must not make a frame over 1 MiB. */
const ERROR_CHARACTERS = 4_096
