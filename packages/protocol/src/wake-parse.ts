import { BOOTSTRAP_LINE, fenceClose, fenceOpen, itemLine, LABELS } from './wake-format.ts'
import { markOfNotice, QUEUED_LINE } from './wake-format.ts'

/** One message of a parsed wake. */
export interface ParsedWakeMessage {
  from: string
  name: string
  mentions: string[]
  messageId: string
  body: string
}

/** A wake taken apart: true headers and exact bodies only, never what a body pretends. */
export interface ParsedWake {
  chatId: string
  /** The room of a thread. */
  room?: string
  /** Whether the bootstrap text stands before the wake. */
  bootstrap: boolean
  messages: ParsedWakeMessage[]
}

/** Takes apart what `renderWake` made. Undefined when `text` is not exactly such a text. */
export function parseWakeText(text: string): ParsedWake | undefined {
  if (!text.endsWith('\n')) return undefined
  try {
    return readWake(new LineReader(text.slice(0, -1).split('\n')))
  } catch (error) {
    if (error instanceof NotAWake) return undefined
    throw error
  }
}

class NotAWake extends Error {}

/** Reads lines in order; a line that is not what must come next throws {@link NotAWake}. */
class LineReader {
  readonly #lines: readonly string[]
  #next = 0

  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  /** What follows `label` on the next line; undefined, and nothing read, when that starts otherwise. */
  optional(label: string): string | undefined {
    const line = this.#lines[this.#next]
    if (!line?.startsWith(label)) return undefined
    this.#next += 1
    return line.slice(label.length)
  }

  value(label: string): string {
    return required(this.optional(label))
  }

  /** Reads the next line when it is exactly `line`. */
  skip(line: string): boolean {
    if (this.#lines[this.#next] !== line) return false
    this.#next += 1
    return true
  }

  expect(...lines: string[]): void {
    for (const line of lines) if (!this.skip(line)) throw new NotAWake()
  }

  /** All lines before the next one that is exactly `line`, which is read too. */
  until(line: string): string {
    const end = this.#lines.indexOf(line, this.#next)
    if (end < 0) throw new NotAWake()
    const taken = this.#lines.slice(this.#next, end)
    this.#next = end + 1
    return taken.join('\n')
  }

  end(): void {
    if (this.#next !== this.#lines.length) throw new NotAWake()
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new NotAWake()
  return value
}

function readWake(lines: LineReader): ParsedWake {
  let session = readSession(lines)
  const bootstrap = lines.skip(BOOTSTRAP_LINE)
  if (bootstrap) {
    lines.expect('')
    session = readSession(lines)
  }
  const queued = lines.optional(LABELS.queued)
  const messages = queued === undefined ? [readMessage(lines)] : readBatch(lines, queued)
  lines.end()
  return { ...session, bootstrap, messages }
}

function readSession(lines: LineReader): Pick<ParsedWake, 'chatId' | 'room'> {
  lines.expect(LABELS.channel)
  const chatId = lines.value(LABELS.chat)
  const room = lines.optional(LABELS.room)
  return room === undefined ? { chatId } : { chatId, room }
}

function readBatch(lines: LineReader, queued: string): ParsedWakeMessage[] {
  if (!/^[1-9][0-9]{0,8}$/.test(queued)) throw new NotAWake()
  const count = Number(queued)
  lines.expect(QUEUED_LINE)
  const mark = readNotice(lines)
  const messages: ParsedWakeMessage[] = []
  while (messages.length < count) {
    lines.expect('', itemLine(messages.length, count))
    messages.push(readMessage(lines, mark))
  }
  return messages
}

/** Reads one message. A batch gives the mark of its fences; a single message names its own. */
function readMessage(lines: LineReader, batchMark?: string): ParsedWakeMessage {
  const from = lines.value(LABELS.from)
  const name = lines.value(LABELS.name)
  const mentions = lines.optional(LABELS.mentions)?.split(', ') ?? []
  const messageId = lines.value(LABELS.id)
  lines.expect('', LABELS.message)
  const mark = batchMark ?? readNotice(lines)
  lines.expect(fenceOpen(mark))
  return { from, name, mentions, messageId, body: lines.until(fenceClose(mark)) }
}

function readNotice(lines: LineReader): string {
  return required(markOfNotice(lines.value('')))
}
