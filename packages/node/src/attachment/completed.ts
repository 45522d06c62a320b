import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Message } from '@moltnet/protocol'
import { NODE_LIMITS } from '../limits.ts'
import { isMissing, replaceFile, writeAll } from '../state/files.ts'

/**
 * The messages whose turn has ended, the newest `capacity` of them, in memory and in a journal. It is
 * written before the ACK, so a message that comes again because its ACK was lost costs no second turn.
 * Appends are not synced: they survive the death of the process, and after a crash of the machine the
 * worst is a second turn.
 */
export class CompletedMessages {
  readonly #path: string
  readonly #capacity: number
  readonly #known: Set<string>
  /** Lines in the file. */
  #lines: number
  #file: number

  private constructor(path: string, capacity: number, lines: string[]) {
    this.#path = path
    this.#capacity = capacity
    this.#known = new Set(lines.slice(-capacity))
    this.#lines = lines.length
    this.#file = openSync(path, 'a', 0o600)
  }

  /** Reads the journal. A torn last line is forgotten. */
  static open(path: string, capacity: number = NODE_LIMITS.completedMessages): CompletedMessages {
    const { lines, clean } = readJournal(path)
    // Appending to a torn line would spoil the next entry too.
    if (!clean) replaceFile(path, toText(lines.slice(-capacity)))
    return new CompletedMessages(path, capacity, lines.slice(-capacity))
  }

  /** Whether the turn of this message has ended. */
  has(message: Message): boolean {
    return this.#known.has(identityOf(message))
  }

  /** Notes ended turns. Throws when the journal cannot be written; memory is up to date even then. */
  add(messages: readonly Message[]): void {
    const added = messages.map(identityOf)
    for (const identity of added) this.#known.add(identity)
    for (const oldest of this.#known) {
      if (this.#known.size <= this.#capacity) break
      this.#known.delete(oldest)
    }
    this.#lines += added.length
    if (this.#lines > this.#capacity * 2) this.#compact()
    else writeAll(this.#file, toText(added))
  }

  close(): void {
    closeSync(this.#file)
  }

  #compact(): void {
    replaceFile(this.#path, toText([...this.#known]))
    closeSync(this.#file)
    this.#file = openSync(this.#path, 'a', 0o600)
    this.#lines = this.#known.size
  }
}

/**
 * What makes a message this one: a network that was set up anew may see the same id again, never with
 * the same time.
 */
export function identityOf(message: Message): string {
  return `${message.id} ${message.created_at}`.replaceAll(/[\r\n]/g, ' ')
}

function toText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** The whole lines of the file's end; `clean` when there was nothing else in it. */
function readJournal(path: string): { lines: string[]; clean: boolean } {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return { lines: [], clean: true }
    throw error
  }
  try {
    const { size } = fstatSync(file)
    const start = Math.max(0, size - NODE_LIMITS.completedJournalBytes)
    const bytes = Buffer.alloc(size - start)
    const length = readSync(file, bytes, 0, bytes.length, start)
    const lines = bytes.toString('utf8', 0, length).split('\n')
    const tail = lines.pop()
    if (start > 0) lines.shift()
    return { lines: lines.filter((line) => line !== ''), clean: tail === '' && start === 0 }
  } finally {
    closeSync(file)
  }
}
