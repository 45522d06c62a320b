/** Something that changes and can be read at any time: what `useSyncExternalStore` takes. */
export interface Store<T> {
  subscribe(listener: () => void): () => void
  getSnapshot(): T
}

/**
 * The same store, told of at most once a frame: many changes between two frames are one. In a hidden page there
 * are no frames, and nothing is drawn until it is shown again.
 */
export function frameStore<T>(store: Store<T>): Store<T> {
  let current = store.getSnapshot()
  return {
    subscribe(listener) {
      let frame = 0
      const update = (): void => {
        frame = 0
        const next = store.getSnapshot()
        if (next === current) return
        current = next
        listener()
      }
      const schedule = (): void => {
        if (frame === 0) frame = requestAnimationFrame(update)
      }
      const unsubscribe = store.subscribe(schedule)
      // What changed before anybody listened.
      if (store.getSnapshot() !== current) schedule()
      return () => {
        unsubscribe()
        if (frame !== 0) cancelAnimationFrame(frame)
      }
    },
    getSnapshot: () => current,
  }
}
