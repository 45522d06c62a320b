import type { Room } from '@moltnet/protocol'
import { IconButton } from '../components/button.tsx'
import { Icon, type IconName } from '../components/icon.tsx'
import { Loading } from '../components/states.tsx'
import { useModel } from '../data/context.ts'
import { useDms, useNetwork, useRooms } from '../data/hooks.ts'
import { useInbox } from '../data/inbox.ts'
import { useStore } from '../data/store.ts'
import { Link } from '../navigation/link.tsx'
import { useRoute } from '../navigation/navigation.ts'
import { pathOf, type Route } from '../navigation/routes.ts'
import { DmRow, RoomRow } from './conversation-row.tsx'
import { navOpen, openDialog } from './dialogs.ts'
import { SidebarFoot } from './sidebar-foot.tsx'

/** Where the viewer can go: the views, the rooms and the direct channels, with what is new in them. */
export function Sidebar() {
  const network = useNetwork()
  const { rights } = useModel()
  const isOpen = useStore(navOpen)
  return (
    <div className="sidebar" data-open={isOpen}>
      <header className="sidebar-head">
        <Link to={{ view: 'home' }} className="brand">
          <img src="/console/icon.svg" alt="" width="26" height="26" />
          <span>
            <strong>{network.name ?? network.id}</strong>
            <small>Moltnet</small>
          </span>
        </Link>
        <IconButton
          icon="cross"
          label="Close navigation"
          className="narrow-only"
          onClick={() => navOpen.set(false)}
        />
      </header>
      <button type="button" className="find" onClick={() => openDialog.set('palette')}>
        <Icon name="search" />
        <span>Find</span>
        <kbd>/</kbd>
      </button>
      <nav className="sidebar-nav" aria-label="Console">
        <ul className="nav-list">
          <NavItem to={{ view: 'home' }} icon="home" name="Overview" />
          {rights.observe ? <InboxItem /> : null}
          <NavItem to={{ view: 'agents' }} icon="agents" name="Agents" />
          <NavItem to={{ view: 'events' }} icon="events" name="Events" />
          {network.capabilities?.pairings === true && rights.observe ? (
            <NavItem to={{ view: 'pairings' }} icon="link" name="Pairings" />
          ) : null}
        </ul>
        <RoomList />
        <DmList />
      </nav>
      <SidebarFoot />
    </div>
  )
}

function NavItem({ to, icon, name, count = 0 }: { to: Route; icon: IconName; name: string; count?: number }) {
  const route = useRoute()
  const isHere = pathOf(route) === pathOf(to) || (to.view === 'agents' && route.view === 'agent')
  return (
    <li>
      <Link to={to} className="nav-item" aria-current={isHere ? 'page' : undefined}>
        <Icon name={icon} />
        <span>{name}</span>
        {count > 0 ? (
          <span className="count" data-tone="held">
            {count > 99 ? '99+' : count}
            <span className="sr-only"> waiting</span>
          </span>
        ) : null}
      </Link>
    </li>
  )
}

function InboxItem() {
  const { data } = useInbox()
  return <NavItem to={{ view: 'inbox' }} icon="inbox" name="Needs you" count={data?.length ?? 0} />
}

function RoomList() {
  const { rights } = useModel()
  const { data, isLoading, isError } = useRooms()
  return (
    <section aria-labelledby="rooms">
      <div className="nav-heading">
        <h2 id="rooms">Rooms</h2>
        {rights.administrate ? (
          <IconButton icon="plus" label="Create a room" onClick={() => openDialog.set('create-room')} />
        ) : null}
      </div>
      {isLoading ? <Loading label="Loading rooms" rows={3} /> : null}
      {isError ? <p className="nav-note">The rooms could not be loaded.</p> : null}
      {data?.length === 0 ? <p className="nav-note">No room yet.</p> : null}
      <ul className="nav-list">
        {data?.filter(isReadable).map((room) => (
          <RoomRow key={room.id} room={room} />
        ))}
      </ul>
    </section>
  )
}

function isReadable({ access }: Room): boolean {
  return access?.can_read !== false
}

function DmList() {
  const { data } = useDms()
  if (data === undefined || data.length === 0) return null
  const byActivity = [...data].sort((a, b) =>
    (a.last_message_at ?? '') < (b.last_message_at ?? '') ? 1 : -1,
  )
  return (
    <section aria-labelledby="direct">
      <div className="nav-heading">
        <h2 id="direct">Direct</h2>
      </div>
      <ul className="nav-list">
        {byActivity.map((dm) => (
          <DmRow key={dm.id} dm={dm} />
        ))}
      </ul>
    </section>
  )
}
