import { createContext, useContext, useState } from 'react'

/**
 * What a viewer has opened, by a key of its own. A row that scrolls away is taken down; when it comes back, it
 * is as the viewer left it. A timeline gives a set to its rows.
 */
const ExpandedContext = createContext<Set<string>>(new Set())

/** Gives a memory of what is open to the messages below it. */
export const ExpandedProvider = ExpandedContext.Provider

/** Whether the thing with this key is open, and how to change that. */
export function useExpanded(key: string): [open: boolean, setOpen: (open: boolean) => void] {
  const memory = useContext(ExpandedContext)
  const [open, setOpen] = useState(() => memory.has(key))
  return [
    open,
    (next) => {
      if (next) memory.add(key)
      else memory.delete(key)
      setOpen(next)
    },
  ]
}
