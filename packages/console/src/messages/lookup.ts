import { useCallback, useSyncExternalStore } from 'react'

/**
 * Something known by id that changes on its own, such as the deliveries of a message. Each row of a timeline
 * follows its own id, so that a change draws one row and not all of them.
 */
export interface Lookup<T> {
  /** The same object until the value of this id changed; undefined when nothing is known (yet). */
  get(id: string): T | undefined
  /** Calls `listener` when the value of this id changed. Subscribing may make the owner fetch it. */
  subscribe(id: string, listener: () => void): () => void
}

/** The value of an id, kept up to date. Without a lookup, or without an id, there is none. */
export function useLookup<T>(lookup: Lookup<T> | undefined, id: string | undefined): T | undefined {
  const subscribe = useCallback(
    (listener: () => void) =>
      lookup === undefined || id === undefined ? () => undefined : lookup.subscribe(id, listener),
    [lookup, id],
  )
  return useSyncExternalStore(subscribe, () => (id === undefined ? undefined : lookup?.get(id)))
}
