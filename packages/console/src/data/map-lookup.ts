import type { Lookup } from '../messages/lookup.ts'
import { KeyedListeners } from './keyed-listeners.ts'

/** A lookup over a map that is replaced as a whole: who follows an id hears only of changes to it. */
export class MapLookup<T> implements Lookup<T> {
  readonly #listeners = new KeyedListeners()
  readonly #isSame: (left: T, right: T) => boolean
  #values: ReadonlyMap<string, T> = new Map()

  constructor(isSame: (left: T, right: T) => boolean) {
    this.#isSame = isSame
  }

  get(id: string): T | undefined {
    return this.#values.get(id)
  }

  subscribe(id: string, listener: () => void): () => void {
    return this.#listeners.add(id, listener)
  }

  /** Takes the new values; those that are the same as before keep their identity. */
  replace(next: ReadonlyMap<string, T>): void {
    const before = this.#values
    const kept = [...next].map(([id, value]): [string, T] => {
      const known = before.get(id)
      return [id, known !== undefined && this.#isSame(known, value) ? known : value]
    })
    this.#values = new Map(kept)
    for (const id of this.#listeners.ids()) {
      if (before.get(id) !== this.#values.get(id)) this.#listeners.notify(id)
    }
  }
}
