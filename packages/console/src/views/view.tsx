import { State } from '../components/states.tsx'
import { Link } from '../navigation/link.tsx'
import type { Route } from '../navigation/routes.ts'
import { AgentsView } from './agents/agents-view.tsx'
import { EventsView } from './events/events-view.tsx'
import { HomeView } from './home/home-view.tsx'
import { InboxView } from './inbox/inbox-view.tsx'
import { ViewHead } from './view-head.tsx'
import { PairingsView } from './pairings-view.tsx'
import { DmView } from './rooms/dm-view.tsx'
import { NewDmView } from './rooms/new-dm-view.tsx'
import { RoomView } from './rooms/room-view.tsx'

/** The view of a place. A room stays the same view while something is shown beside it. */
export function View({ route }: { route: Route }) {
  switch (route.view) {
    case 'home':
      return <HomeView />
    case 'inbox':
      return <InboxView />
    case 'events':
      return <EventsView />
    case 'pairings':
      return <PairingsView />
    case 'agents':
      return <AgentsView />
    case 'agent':
      return <AgentsView chosen={route.id} />
    case 'room':
      return <RoomView key={route.id} roomId={route.id} message={route.message} />
    case 'room-details':
      return <RoomView key={route.id} roomId={route.id} beside={{ kind: 'details' }} />
    case 'thread':
      return (
        <RoomView
          key={route.room}
          roomId={route.room}
          beside={{ kind: 'thread', threadId: route.id, message: route.message }}
        />
      )
    case 'reply':
      return (
        <RoomView key={route.room} roomId={route.room} beside={{ kind: 'reply', parent: route.parent }} />
      )
    case 'dm':
      return <DmView key={route.id} dmId={route.id} message={route.message} />
    case 'new-dm':
      return <NewDmView key={route.agent} agentId={route.agent} />
    case 'unknown':
      return (
        <div className="view-body">
          <ViewHead title="Not found" />
          <State
            icon="search"
            title="There is nothing here"
            action={<Link to={{ view: 'home' }}>To the overview</Link>}
          >
            <p>The address may be mistyped, or it may be of something that was removed.</p>
          </State>
        </div>
      )
  }
}
