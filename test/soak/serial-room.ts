import { type HttpClient, sendUntilKnown } from '@moltnet/client'
import { wholeHistory } from '../support/network.ts'
import { WRITER } from '../faults/harness/conversations.ts'

/** How long a writer seeks the outcome of one message, in milliseconds. */
const PATIENCE_MS = 120_000

/** What went wrong in a room. All of it has to be 0, save what came again. */
export interface RoomCounts {
  sent: number
  lost: number
  holes: number
  orderViolations: number
  unexpected: number
  /** Deliveries of a message that the reader had already. */
  again: number
}

/**
 * A room with one writer, whose messages carry a serial number: what a reader has to see next is known
 * without keeping anything, however long it goes on.
 */
export class SerialRoom {
  readonly id: string
  readonly counts: RoomCounts = { sent: 0, lost: 0, holes: 0, orderViolations: 0, unexpected: 0, again: 0 }
  readonly #client: HttpClient
  /** Newest number that each reader saw. */
  readonly #seen = new Map<string, number>()

  constructor(id: string, client: HttpClient) {
    this.id = id
    this.#client = client
  }

  /** Sends the next message; resolves when it is known to be stored. */
  async send(): Promise<void> {
    const number = this.counts.sent + 1
    const text = `message ${number} of ${this.id}`.padEnd(200, ' lorem ipsum')
    await sendUntilKnown(
      this.#client,
      {
        id: `${this.id}-${number}`,
        target: { kind: 'room', room_id: this.id },
        from: { type: 'human', id: WRITER },
        parts: [{ kind: 'text', text }],
      },
      { timeoutMs: PATIENCE_MS },
    )
    this.counts.sent = number
  }

  /** A reader joins; what it sees first is its beginning. */
  join(reader: string): void {
    this.#seen.set(reader, 0)
  }

  /** A reader saw a message. */
  saw(reader: string, id: string): void {
    const number = numberOf(this.id, id)
    const last = this.#seen.get(reader)
    if (number === undefined || last === undefined) this.counts.unexpected += 1
    else if (number <= last) this.counts.again += 1
    else {
      if (number > last + 1) this.counts.holes += number - last - 1
      this.#seen.set(reader, number)
    }
  }

  /** Readers that have not seen the newest message yet. */
  behind(): string[] {
    return [...this.#seen].flatMap(([reader, number]) => (number < this.counts.sent ? [reader] : []))
  }

  /** Walks through the history, which has to be every number once and in order. */
  async judge(): Promise<void> {
    const numbers = (await wholeHistory(this.#client, this.id)).map(({ id }) => numberOf(this.id, id))
    const known = new Set(numbers)
    for (let number = 1; number <= this.counts.sent; number++) if (!known.has(number)) this.counts.lost += 1
    this.counts.unexpected += numbers.filter(
      (number) => number === undefined || number > this.counts.sent,
    ).length
    this.counts.orderViolations += numbers.filter(
      (number, at) => at > 0 && (number ?? 0) <= (numbers[at - 1] ?? 0),
    ).length
    for (const last of this.#seen.values()) this.counts.holes += this.counts.sent - last
  }
}

function numberOf(room: string, id: string): number | undefined {
  const [, number] = new RegExp(`^${room}-(\\d+)$`).exec(id) ?? []
  return number === undefined ? undefined : Number(number)
}
