/** Listeners by id: a change of one thing wakes only who follows it. */
export class KeyedListeners {
  readonly #listeners = new Map<string, Set<() => void>>()

  add(id: string, listener: () => void): () => void {
    const all = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, all.add(listener))
    return () => {
      all.delete(listener)
      if (all.size === 0 && this.#listeners.get(id) === all) this.#listeners.delete(id)
    }
  }

  has(id: string): boolean {
    return this.#listeners.has(id)
  }

  ids(): string[] {
    return [...this.#listeners.keys()]
  }

  notify(id: string): void {
    for (const listener of this.#listeners.get(id) ?? []) listener()
  }
}
