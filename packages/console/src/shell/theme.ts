import { Store } from '../data/store.ts'

export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'moltnet.theme'

/** The theme that the viewer chose; `auto` is what the system says. */
export const theme = new Store<Theme>(readTheme())

/** Keeps the page in the chosen theme. */
export function followTheme(): void {
  const apply = () => {
    const chosen = theme.get()
    if (chosen === 'auto') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = chosen
  }
  theme.subscribe(apply)
  apply()
}

/** Light, dark, and back to what the system says. */
export function nextTheme(): void {
  const order: Theme[] = ['auto', 'light', 'dark']
  const next = order[(order.indexOf(theme.get()) + 1) % order.length] ?? 'auto'
  theme.set(next)
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // Forbidden by the browser: then it lasts as long as the page.
  }
}

function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'light' || kept === 'dark' ? kept : 'auto'
  } catch {
    return 'auto'
  }
}
