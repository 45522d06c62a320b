import { useEffect } from 'react'
import { currentView } from '../views/view-keys.ts'
import { goTo } from '../navigation/navigation.ts'
import type { Route } from '../navigation/routes.ts'
import { openDialog } from './dialogs.ts'

/** A key of the page, for the help. */
export interface Shortcut {
  keys: string[]
  does: string
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ['Ctrl', 'K'], does: 'Go to a room, an agent or an action' },
  { keys: ['/'], does: 'Find a room, an agent or an action' },
  { keys: ['j'], does: 'Next message' },
  { keys: ['k'], does: 'Previous message' },
  { keys: ['r'], does: 'Reply in the thread of the chosen message' },
  { keys: ['c'], does: 'Write a message' },
  { keys: ['g', 'h'], does: 'Overview' },
  { keys: ['g', 'n'], does: 'Needs you' },
  { keys: ['g', 'a'], does: 'Agents' },
  { keys: ['g', 'e'], does: 'Events' },
  { keys: ['g', 'p'], does: 'Pairings' },
  { keys: ['Esc'], does: 'Close what lies over or beside the view' },
  { keys: ['?'], does: 'These keys' },
]

const PLACES: Readonly<Record<string, Route>> = {
  h: { view: 'home' },
  n: { view: 'inbox' },
  a: { view: 'agents' },
  e: { view: 'events' },
  p: { view: 'pairings' },
}

/** The second key after `g` has to come within this time, in milliseconds. */
const CHORD_MS = 1_500

/** The keys that work in the whole page. */
export function useShortcuts(): void {
  useEffect(() => {
    let goKeyAt = Number.NEGATIVE_INFINITY
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        return openDialog.update((open) => (open === 'palette' ? undefined : 'palette'))
      }
      if (event.ctrlKey || event.metaKey || openDialog.get() !== undefined) return
      if (event.key === 'Escape') return closeBeside(event)
      if (isTyping(event.target)) return
      const place = performance.now() - goKeyAt < CHORD_MS ? PLACES[event.key] : undefined
      goKeyAt = event.key === 'g' ? performance.now() : Number.NEGATIVE_INFINITY
      if (place !== undefined) goTo(place)
      else if (!act(event.key)) return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

/** Does what a single key stands for; false when it stands for nothing here. */
function act(key: string): boolean {
  const view = currentView.get()
  switch (key) {
    case '/':
      openDialog.set('palette')
      return true
    case '?':
      openDialog.set('help')
      return true
    case 'j':
      return run(view.next)
    case 'k':
      return run(view.previous)
    case 'r':
      return run(view.reply)
    case 'c':
      return run(view.write)
    default:
      return false
  }
}

function closeBeside(event: KeyboardEvent): void {
  // Out of a field first: what was written is worth more than a closed panel.
  if (isTyping(event.target) && event.target instanceof HTMLElement) event.target.blur()
  else if (run(currentView.get().close)) event.preventDefault()
}

function run(action: (() => void) | undefined): boolean {
  action?.()
  return action !== undefined
}

/** Keys belong to what is written into. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable], [popover]') !== null
  )
}
