import { Store, useStore } from '../data/store.ts'
import { pathOf, type Route, routeOf } from './routes.ts'

const current = new Store<Route>(routeOf(location.pathname))

addEventListener('popstate', () => current.set(routeOf(location.pathname)))

/** Where the page is. */
export function useRoute(): Route {
  return useStore(current)
}

/** Goes to a place. `replace`: the browser's way back leaves out the one that is left. */
export function goTo(route: Route, { replace = false }: { replace?: boolean } = {}): void {
  const path = pathOf(route)
  if (path !== location.pathname) history[replace ? 'replaceState' : 'pushState'](null, '', path)
  current.set(route)
}

/** Follows links to places in the console without loading the page again, whoever drew them. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || isForBrowser(event) || !(event.target instanceof Element)) return
    const link = event.target.closest('a')
    if (link === null || link.origin !== location.origin || link.target !== '') return
    const route = routeOf(link.pathname)
    if (route.view === 'unknown' || link.search !== '') return
    event.preventDefault()
    goTo(route)
  })
}

/** A click that means a new tab or window, or a download. */
function isForBrowser(event: MouseEvent): boolean {
  return event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
}
