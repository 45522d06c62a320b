import { useEffect } from 'react'
import { Store } from '../data/store.ts'

/** What the keys of the page do in the present view. */
export interface ViewKeys {
  next?: () => void
  previous?: () => void
  reply?: () => void
  write?: () => void
  close?: () => void
}

const NOTHING: ViewKeys = {}

/** The view that the keys act on. */
export const currentView = new Store<ViewKeys>(NOTHING)

/** Gives the keys of the page to this view while it is shown. `keys` must keep its identity. */
export function useViewKeys(keys: ViewKeys): void {
  useEffect(() => {
    const before = currentView.get()
    currentView.set(keys)
    return () => {
      if (currentView.get() === keys) currentView.set(before)
    }
  }, [keys])
}
