/** The beginning of a program's output: keeps the first `limit` bytes and counts the rest. */
export class HeadText {
  readonly #limit: number
  readonly #chunks: Uint8Array[] = []
  #kept = 0
  #dropped = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  push(chunk: Uint8Array): void {
    const take = Math.min(chunk.length, this.#limit - this.#kept)
    if (take > 0) this.#chunks.push(chunk.slice(0, take))
    this.#kept += take
    this.#dropped += chunk.length - take
  }

  /** Bytes that did not fit. */
  get dropped(): number {
    return this.#dropped
  }

  text(): string {
    return decode(this.#chunks)
  }
}

/** The end of a program's output: keeps about the last `limit` bytes. */
export class TailText {
  readonly #limit: number
  #chunks: Uint8Array[] = []
  #kept = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  push(chunk: Uint8Array): void {
    const end = chunk.length > this.#limit ? chunk.slice(chunk.length - this.#limit) : chunk.slice()
    this.#chunks.push(end)
    this.#kept += end.length
    while (this.#kept - (this.#chunks[0]?.length ?? 0) >= this.#limit) {
      this.#kept -= this.#chunks.shift()?.length ?? 0
    }
  }

  text(): string {
    return decode(this.#chunks)
  }
}

/**
 * Cuts a byte stream into lines. A line over `limit` bytes is skipped and counted, so that a program
 * that never ends its line cannot fill the memory.
 */
export class LineReader {
  readonly #limit: number
  readonly #onLine: (line: string) => void
  #chunks: Uint8Array[] = []
  #length = 0
  #skipping = false
  #skipped = 0

  constructor(limit: number, onLine: (line: string) => void) {
    this.#limit = limit
    this.#onLine = onLine
  }

  /** Lines that were too long. */
  get skipped(): number {
    return this.#skipped
  }

  push(chunk: Uint8Array): void {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#take(chunk.subarray(from, end))
      this.#finish()
      from = end + 1
    }
    if (from < chunk.length) this.#take(chunk.subarray(from))
  }

  /** Hands on what stands after the last line break. */
  end(): void {
    if (this.#length > 0 || this.#skipping) this.#finish()
  }

  #take(piece: Uint8Array): void {
    if (this.#skipping) return
    if (this.#length + piece.length > this.#limit) {
      this.#skipping = true
      this.#chunks = []
      this.#length = 0
      return
    }
    if (piece.length > 0) this.#chunks.push(piece.slice())
    this.#length += piece.length
  }

  #finish(): void {
    if (this.#skipping) {
      this.#skipped += 1
      this.#skipping = false
      return
    }
    const line = decode(this.#chunks)
    this.#chunks = []
    this.#length = 0
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
  }
}

const NEWLINE = 0x0a
const decoder = new TextDecoder()

function decode(chunks: readonly Uint8Array[]): string {
  return decoder.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
}
