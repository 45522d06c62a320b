import { z } from 'zod'
import { readJsonFile, removeFile, replaceFile } from './files.ts'

const Stored = z.object({ cursor: z.string().min(1) })

/** Where a v1 attachment goes on after a restart of the node. A durable consumer's server knows that itself. */
export class CursorFile {
  readonly #path: string
  #kept: string | undefined

  constructor(path: string) {
    this.#path = path
    this.#kept = readJsonFile(path, Stored)?.cursor
  }

  get cursor(): string | undefined {
    return this.#kept
  }

  /** Keeps a cursor, or forgets the one that is there. Does nothing when it is the same as before. */
  keep(cursor: string | undefined): void {
    if (cursor === this.#kept) return
    if (cursor === undefined) removeFile(this.#path)
    else replaceFile(this.#path, JSON.stringify({ cursor }))
    this.#kept = cursor
  }
}
