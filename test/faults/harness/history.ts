import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A message as somebody wrote or saw it. `text` is a digest of what it said. */
export interface Seen {
  readonly id: string
  readonly text: string
}

/**
 * What kind of promise a reader has. `must`: every acknowledged message reaches it (durable consumers, stub
 * runtimes). `live`: it misses nothing without being told of a gap (plain attachments, event streams, pollers).
 */
export type Promised = 'must' | 'live'

/** One thing that happened, in the order in which the harness learnt of it. */
export type Entry =
  /** A writer begins with a message; its own messages of a conversation have rising numbers. */
  | ({
      readonly op: 'attempt'
      readonly writer: string
      readonly conversation: string
      readonly number: number
    } & Seen)
  /** It knows that the message is stored. */
  | ({ readonly op: 'ok' } & Seen)
  /** It knows that the message is not stored and never will be. */
  | ({ readonly op: 'refused' } & Seen)
  /**
   * A reader is ready; what is begun from now on in these conversations reaches it. A selective one gets
   * only what `concerns` it.
   */
  | {
      readonly op: 'reader'
      readonly reader: string
      readonly promised: Promised
      readonly conversations: readonly string[]
      readonly selective?: boolean
    }
  /** A message concerns a selective reader. */
  | { readonly op: 'concerns'; readonly reader: string; readonly id: string }
  | ({ readonly op: 'seen'; readonly reader: string; readonly conversation: string } & Seen)
  /** A reader was told that it missed something. */
  | { readonly op: 'gap'; readonly reader: string }
  /**
   * One whole history, oldest first. The one of a conversation that began last is what is stored. `begun`: how many
   * entries there were when its first page was asked for.
   */
  | {
      readonly op: 'walk'
      readonly conversation: string
      readonly begun: number
      readonly messages: readonly Seen[]
    }

/** Notes what happens in a run. */
export class History {
  readonly entries: Entry[] = []
  readonly #readers = new Set<string>()

  add(entry: Entry): void {
    this.entries.push(entry)
    if (entry.op === 'reader') this.#readers.add(entry.reader)
  }

  /** Whether a reader was ready before. */
  hasReader(name: string): boolean {
    return this.#readers.has(name)
  }
}

/** Writes a history to a file below the temporary folder, one entry a line, and returns the path. */
export function keepEntries(entries: readonly Entry[], name: string): string {
  const folder = join(tmpdir(), 'moltnet-faults')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.jsonl`)
  writeFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  return path
}

/** Short digest of a text, so that a history of large messages stays small. */
export function digest(text: string): string {
  return `${text.length}:${Bun.hash(text).toString(36)}`
}
