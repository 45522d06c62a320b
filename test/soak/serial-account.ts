/** What went wrong in a room. All of it has to be 0, save what came again. */
export interface SerialCounts {
  sent: number
  lost: number
  holes: number
  historyDuplicates: number
  orderViolations: number
  unexpected: number
  /** Deliveries of a message that the reader had already. */
  again: number
}

/** Nothing happened yet. */
export const NOTHING_SENT: Readonly<SerialCounts> = {
  sent: 0,
  lost: 0,
  holes: 0,
  historyDuplicates: 0,
  orderViolations: 0,
  unexpected: 0,
  again: 0,
}

/**
 * The account of a room with one writer, whose messages carry a serial number: what a reader has to see next
 * is known without keeping anything, however long it goes on. Pure.
 */
export class SerialAccount {
  readonly room: string
  readonly counts: SerialCounts = { ...NOTHING_SENT }
  /** Newest number that each reader saw. */
  readonly #seen = new Map<string, number>()

  constructor(room: string) {
    this.room = room
  }

  /** Id of the next message, which is sent until it is known to be stored. */
  get nextId(): string {
    return `${this.room}-${this.counts.sent + 1}`
  }

  /** The next message is stored. */
  sent(): void {
    this.counts.sent += 1
  }

  /** A reader joins before the first message. */
  join(reader: string): void {
    this.#seen.set(reader, 0)
  }

  /** A reader saw a message. */
  saw(reader: string, id: string): void {
    const number = this.#numberOf(id)
    const last = this.#seen.get(reader)
    // Its writer may still wait for the answer, so the newest number is one more than it knows of.
    if (number === undefined || last === undefined || number > this.counts.sent + 1)
      this.counts.unexpected += 1
    else if (number <= last) this.counts.again += 1
    else {
      this.counts.holes += number - last - 1
      this.#seen.set(reader, number)
    }
  }

  /** Readers that have not seen the newest message yet. */
  behind(): string[] {
    return [...this.#seen].flatMap(([reader, number]) => (number < this.counts.sent ? [reader] : []))
  }

  /** The end: what no reader saw is a hole, and the history has to be every number once and in order. */
  judge(history: readonly string[]): void {
    const { counts } = this
    for (const last of this.#seen.values()) counts.holes += Math.max(0, counts.sent - last)
    const known = new Set<number>()
    let newest = 0
    for (const number of history.map((id) => this.#numberOf(id))) {
      if (number === undefined || number > counts.sent) counts.unexpected += 1
      else if (known.has(number)) counts.historyDuplicates += 1
      else if (number < newest) counts.orderViolations += 1
      known.add(number ?? 0)
      newest = Math.max(newest, number ?? 0)
    }
    for (let number = 1; number <= counts.sent; number++) if (!known.has(number)) counts.lost += 1
  }

  #numberOf(id: string): number | undefined {
    const number = id.startsWith(`${this.room}-`) ? id.slice(this.room.length + 1) : ''
    return /^[1-9]\d*$/.test(number) ? Number(number) : undefined
  }
}
