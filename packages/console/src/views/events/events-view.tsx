import type { MoltnetEvent } from '@moltnet/protocol'
import { memo, useMemo, useState } from 'react'
import { Chips } from '../../components/chips.tsx'
import { FilterInput } from '../../components/filter-input.tsx'
import { Icon, type IconName } from '../../components/icon.tsx'
import { Button } from '../../components/button.tsx'
import { State } from '../../components/states.tsx'
import { useModel } from '../../data/context.ts'
import { type EventKind, kindOfEvent } from '../../data/event-kinds.ts'
import { useStore } from '../../data/store.ts'
import { clockTimeWithSeconds, fullTime } from '../../messages/time.ts'
import { ViewHead } from '../view-head.tsx'
import { describeEvent } from './describe-event.ts'
import { Link } from '../../navigation/link.tsx'

const KINDS = ['all', 'messages', 'wakes', 'agents', 'rooms', 'network'] as const
type Kind = (typeof KINDS)[number]

const ICONS: Readonly<Record<EventKind, IconName>> = {
  messages: 'direct',
  wakes: 'bolt',
  agents: 'agents',
  rooms: 'room',
  network: 'link',
}

/** Events drawn at a time; the older ones come on demand. */
const DRAWN = 200

/** What happened since the page was opened, and before it on demand. */
export function EventsView() {
  const { feed } = useModel()
  const events = useStore(feed)
  const [kind, setKind] = useState<Kind>('all')
  const [text, setText] = useState('')
  const [drawn, setDrawn] = useState(DRAWN)
  const shown = useMemo(() => filtered(events, kind, text), [events, kind, text])
  return (
    <section className="view-body" aria-label="Events">
      <ViewHead title="Events" about="As they happen, newest first">
        <FilterInput label="Filter events by their text" value={text} onChange={setText} />
      </ViewHead>
      <div className="scroll">
        <Chips label="Kinds of events" options={KINDS} chosen={kind} onChange={setKind} />
        {events.length === 0 ? (
          <State icon="events" title="Nothing has happened yet">
            <p>Events appear here while the page is open.</p>
          </State>
        ) : null}
        {events.length > 0 && shown.length === 0 ? <p className="quiet pad">No event matches.</p> : null}
        <ol className="events" aria-label="Events">
          {shown.slice(0, drawn).map((event) => (
            <EventRow key={event.id} event={event} />
          ))}
        </ol>
        {shown.length > drawn ? (
          <p className="pad">
            <Button onClick={() => setDrawn(drawn + DRAWN)}>Show more</Button>
          </p>
        ) : null}
        <EarlierEvents />
      </div>
    </section>
  )
}

function filtered(events: readonly MoltnetEvent[], kind: Kind, text: string): readonly MoltnetEvent[] {
  const wanted = text.trim().toLowerCase()
  if (kind === 'all' && wanted === '') return events
  return events.filter(
    (event) =>
      (kind === 'all' || kindOfEvent(event.type) === kind) &&
      (wanted === '' || JSON.stringify(event).toLowerCase().includes(wanted)),
  )
}

const EventRow = memo(function EventRow({ event }: { event: MoltnetEvent }) {
  const { text, route, tone } = describeEvent(event)
  return (
    <li className="event" data-tone={tone}>
      <time dateTime={event.created_at} title={fullTime(event.created_at)}>
        {clockTimeWithSeconds(event.created_at)}
      </time>
      <Icon name={ICONS[kindOfEvent(event.type)]} />
      <code className="event-type">{event.type}</code>
      {route === undefined ? (
        <span className="event-text">{text}</span>
      ) : (
        <Link to={route} className="event-text">
          {text}
        </Link>
      )}
    </li>
  )
})

/** Asks the server for what it still has from before the page was opened. */
function EarlierEvents() {
  const { earlier } = useModel()
  const state = useStore(earlier.state)
  if (state === 'loaded') return null
  return (
    <p className="pad">
      <Button icon="retry" disabled={state === 'loading'} onClick={() => void earlier.load()}>
        {state === 'loading' ? 'Loading…' : 'Load earlier events'}
      </Button>
      {state === 'failed' ? <span className="error"> The server did not give them out.</span> : null}
    </p>
  )
}
