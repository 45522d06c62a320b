import { useEffect } from 'react'
import { useModel } from '../data/context.ts'
import { useStore } from '../data/store.ts'
import { useRoute } from '../navigation/navigation.ts'
import { pathOf } from '../navigation/routes.ts'
import { MessagesAround } from '../views/messages-around.tsx'
import { View } from '../views/view.tsx'
import { DialogHost } from './dialog-host.tsx'
import { navOpen } from './dialogs.ts'
import { useShortcuts } from './shortcuts.ts'
import { Sidebar } from './sidebar.tsx'
import { StreamNotices } from './stream-notices.tsx'
import { useTitle } from './title.ts'

/** The console: navigation, the present view beside it, and whatever lies over both. */
export function ConsoleShell() {
  const route = useRoute()
  const isNavOpen = useStore(navOpen)
  const path = pathOf(route)
  useShortcuts()
  useTitle(route)
  useEffect(() => navOpen.set(false), [path])
  return (
    <MessagesAround model={useModel()}>
      <a className="skip" href="#view">
        Skip to the view
      </a>
      <div className="shell" data-nav={isNavOpen ? 'open' : 'closed'}>
        <Sidebar />
        <button
          type="button"
          className="scrim"
          tabIndex={-1}
          aria-hidden="true"
          onClick={() => navOpen.set(false)}
        />
        <main id="view" className="view" tabIndex={-1} inert={isNavOpen && isNarrow()}>
          <StreamNotices />
          <View route={route} />
        </main>
      </div>
      <DialogHost />
    </MessagesAround>
  )
}

/** As in shell.css. */
function isNarrow(): boolean {
  return matchMedia('(max-width: 47.99rem)').matches
}
